"""The preview page, written from real shards and opened in a real browser."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.config import validate
from core.errors import InputError
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from keyfill.preview.drawn_values import drawn, short_facts
from keyfill.preview.face_histogram import FaceHistogram
from keyfill.preview.page import write_preview
from pairs.manifest import write_header, write_row
from pairs.record import FORMAT
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

FRAMES, HEIGHT, WIDTH = 4, 36, 64
ROOMS = ("attic", "hall", "office </script>", "porch")
PASSES = ("mask", "albedo", "normal", "depth")


def silent(done: int, total: int, text: str = "") -> None:
    pass


def video(level: int, dtype: type = np.uint8) -> bytes:
    """Grey frames, each 20 levels (of 255) brighter than the one before."""
    levels = np.array([level + 20 * number for number in range(FRAMES)])
    stored = levels if dtype is np.uint8 else np.rint(levels * 1023 / 255)
    return encode_lossless(np.broadcast_to(stored.astype(dtype)[:, None, None, None], (FRAMES, HEIGHT, WIDTH, 3)), 10)


def info_of(kind: int) -> dict[str, Any]:
    """The record of a clip of one of four kinds, each with a room, a tone and a degradation of its own."""
    stages: list[dict[str, Any]] = [
        {"first": {"jpeg": {"quality": [40, 50]}}},
        {"codec": {}},
        {"sensor": {}},
        {"first": {"jpeg": {"quality": [40, 50]}}, "sensor": {}},
    ]
    config = validate(stages[kind], DegradeConfig, name="config")
    return {
        "split": "test" if kind == 3 else "train",
        "fps": 10,
        "frames": FRAMES,
        "width": WIDTH,
        "height": HEIGHT,
        "face_box": [[8, 4, 30, 30]] * FRAMES,
        "lighting": {"hdri": ROOMS[kind], "key_fill_ratio": 2.0 + kind / 2},
        "scene": {"person": {"skin": {"monk": 1.0 + 3 * kind}}},
        "degrade": draw_params(config, 0, f"kind-{kind}", FRAMES, WIDTH, HEIGHT, 10).to_json(),
    }


def members_of(kind: int, degraded: bool) -> dict[str, bytes]:
    """Source (40, degraded 60) and target (100 and up); the passes where the kind is even."""
    info = info_of(kind)
    if not degraded:
        del info["degrade"]
    members = {
        "json": json.dumps(info).encode(),
        "source.mkv": video(60) if degraded else video(40, np.uint16),
        "target.mkv": video(100 + 10 * kind),
    }
    if kind % 2 == 0:
        members |= {f"{name}.mkv": video(80, np.uint16) for name in ("normal", "depth")}
        members |= {"mask.mkv": video(130), "albedo.mkv": video(80)}
    return members


def write_set(folder: Path, kind: str, samples: list[Sample]) -> None:
    write_header(folder, kind, {})
    write_row(folder, write_shard(folder / f"{kind}-000000.tar", samples))


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean and pair shards of a clip of each kind, as a run leaves them."""
    folder = tmp_path_factory.mktemp("run")
    for name in ("clean", "pairs"):
        samples = [Sample(f"clip-{kind}", members_of(kind, name == "pairs")) for kind in range(4)]
        write_set(folder / name, name, samples)
    return folder


@pytest.fixture(scope="module")
def page(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_preview(run_folder, tmp_path_factory.mktemp("page"), silent)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 2,000 clips: the pairs above over and over, whose files are there, so that none is encoded."""
    folder = tmp_path_factory.mktemp("many")
    kinds = [{name: members_of(kind, True)[name] for name in ("json", "source.mkv", "target.mkv")} for kind in range(4)]
    write_set(folder / "pairs", "pairs", [Sample(f"clip-{number:04}", kinds[number % 4]) for number in range(2000)])
    write_set(folder / "short", "pairs", [Sample(f"clip-{kind}", kinds[kind]) for kind in range(4)])
    short = write_preview(folder / "short", folder / "few", silent).parent
    media = folder / "page" / "media"
    media.mkdir(parents=True)
    for number in range(2000):
        for ending in ("mp4", "jpg", "js"):
            os.link(short / "media" / f"clip-{number % 4}.{ending}", media / f"clip-{number:04}.{ending}")
    before = {path.name: path.stat().st_mtime_ns for path in media.iterdir()}
    written = write_preview(folder / "pairs", folder / "page", silent)
    assert before == {path.name: path.stat().st_mtime_ns for path in media.iterdir()}
    return written


def record_of(page: Path, key: str) -> dict[str, Any]:
    text = (page.parent / "media" / f"{key}.js").read_text()
    return json.loads(text[text.index("(") + 1 : text.rindex(")")])


def test_histogram_finds_the_level_of_the_face() -> None:
    frame = np.zeros((20, 30, 3), np.uint8)
    frame[5:15, 10:20] = 50
    face = FaceHistogram()
    for _ in range(2):
        face.add(frame, [10, 5, 20, 15], None)
    assert face.result()["mean"] == 50.0 and face.result()["bins"][50 * 32 // 256] == 1.0


def test_histogram_without_a_face() -> None:
    face = FaceHistogram()
    face.add(np.zeros((8, 8, 3), np.uint8), [2, 2, 2, 2], None)
    assert face.result()["mean"] is None


def test_videos_show_every_frame_of_every_picture(page: Path) -> None:
    record = record_of(page, "clip-0")
    with av.open(str(page.parent / "media" / "clip-0.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == record["frames"] == FRAMES
    assert [tile[0] for tile in record["tiles"]] == ["source", "degraded source", "target", *PASSES]
    expected = {"source": 40, "degraded source": 60, "target": 100, "mask": 130, "albedo": 80, "normal": 80}
    for number, frame in enumerate(frames):
        for name, x, y, width, height in record["tiles"]:
            inner = frame[y + 16 : y + height - 16, x + 16 : x + width - 16]
            if name != "depth":
                assert abs(inner.mean() - expected[name] - 20 * number) < 2, (name, number)
    assert abs(record["facts"]["degradation, levels"] - 20) < 0.1
    assert record["facts"]["degradations"] == ["first.jpeg"]


def test_an_unchanged_clip_is_not_encoded_again(run_folder: Path, tmp_path: Path) -> None:
    page = write_preview(run_folder / "clean", tmp_path / "page", silent)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "page" / "media").iterdir()}
    (tmp_path / "page" / "media" / "clip-1.mp4").unlink()
    samples = [Sample(f"clip-{kind}", members_of(kind, False)) for kind in (0, 1, 3)]
    samples[2] = Sample("clip-3", samples[2].members | {"target.mkv": video(90)})
    write_set(tmp_path / "clean", "clean", samples)
    write_preview(tmp_path / "clean", page.parent, silent)
    changed = {path.name for path, stamp in before.items() if not path.exists() or path.stat().st_mtime_ns != stamp}
    assert changed == {f"clip-{kind}.{ending}" for kind in (1, 3) for ending in ("mp4", "jpg", "js")}


def test_videos_of_different_lengths(tmp_path: Path) -> None:
    short = encode_lossless(np.zeros((2, HEIGHT, WIDTH, 3), np.uint8), 10)
    write_set(tmp_path / "data", "pairs", [Sample("clip-0", members_of(0, True) | {"target.mkv": short})])
    with pytest.raises(InputError, match="clip-0: its videos have different numbers of frames"):
        write_preview(tmp_path / "data", tmp_path / "page", silent)
    assert not list((tmp_path / "page").rglob("*.*"))


def test_folder_without_shards(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no shards here"):
        write_preview(tmp_path, tmp_path / "page", silent)


@pytest.mark.browser
@pytest.mark.parametrize("width", (400, 800, 1400))
def test_it_fits_the_window(page: Path, browser: Any, width: int) -> None:
    browser.open(page.as_uri(), width)
    browser.until("document.querySelector('article .legend') && document.querySelector('video')")
    assert browser.run("document.documentElement.scrollWidth") <= width
    least = browser.run("Math.min(...[...document.querySelectorAll('.pictures canvas')].map(e => e.clientWidth))")
    assert least >= {400: 340, 800: 230, 1400: 400}[width]
    assert browser.run("Math.min(...[...document.querySelectorAll('.passes canvas')].map(e => e.clientWidth))") >= 160
    first = browser.run("[...document.querySelectorAll('[data-key=clip-0] figcaption')].map(e => e.textContent)")
    assert first == ["source", "degraded source", "target", *PASSES[:3], "depth, red is near"]
    text = browser.run("document.body.textContent")
    assert "office </script>" in text and "4 clips" in text and not browser.messages


@pytest.mark.browser
def test_steps_and_seeks_show_that_frame(page: Path, browser: Any) -> None:
    browser.open(page.as_uri(), 800)
    browser.run("document.querySelector('#play').click()")
    shown = "document.querySelector('.controls output').textContent"

    def level(name: str) -> float:
        at = {"source": 0, "degraded source": 1, "target": 2}[name]
        browser.run(f"document.querySelectorAll('[data-key=clip-0] canvas')[{at}].id = 'looked'")
        found = browser.picture("#looked")[20:-20, 20:-20].mean()
        browser.run("document.querySelector('#looked').id = ''")
        return float(found)

    click = "document.querySelector('[aria-label=\"{}\"]').click()"
    for move, number in (
        ("document.querySelector('input[aria-label=frame]').value = 2; "
         "document.querySelector('input[aria-label=frame]').dispatchEvent(new Event('input'))", 2),
        (click.format("a frame on"), 3),
        (click.format("a frame on"), 0),
        (click.format("a frame back"), 3),
        (click.format("a frame back"), 2),
    ):  # fmt: skip
        browser.run(move)
        moving = "document.querySelector('[data-key=clip-0] video')"
        browser.until(f"{shown} === 'frame {number + 1} of 4' && {moving}?.readyState >= 2")
        browser.until(f"{moving}?.seeking === false")
        browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        for name, first in (("source", 40), ("degraded source", 60), ("target", 100)):
            assert abs(level(name) - first - 20 * number) < 4, (name, number)


@pytest.mark.browser
def test_the_wipe_lies_where_it_is_drawn(page: Path, browser: Any) -> None:
    browser.open(page.as_uri() + "#view=wipe&left=degraded+source&right=target", 800)
    browser.run("document.querySelector('#play').click()")
    browser.until("document.querySelector('.legend') && document.querySelector('canvas').width > 2")
    for share in (0.5, 0.25):
        at = browser.run(
            "(b => [b.x, b.y, b.width, b.height])(document.querySelector('article canvas').getBoundingClientRect())"
        )
        x, y = at[0] + share * at[2], at[1] + at[3] / 2
        browser.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
        browser.call("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)
        seen = browser.picture("article canvas").mean(axis=(0, 2))
        edge = round(share * len(seen))
        left, right = seen[20 : edge - 20].mean(), seen[edge + 20 : -20].mean()
        assert abs(right - left - 40) < 4, (share, left, right)


@pytest.mark.browser
def test_two_thousand_clips(many: Path, browser: Any) -> None:
    opened = sum(path.stat().st_size for path in many.parent.iterdir() if path.is_file())
    assert opened < 300_000
    browser.open(many.as_uri(), 1400)
    keys = "[...document.querySelectorAll('article')].map(e => e.dataset.key)"
    browser.until("document.querySelector('.legend') && document.querySelector('video')")
    assert browser.run(keys) == [f"clip-{number:04}" for number in range(50)]
    assert "clips 1 to 50 of 2000" in browser.run("document.body.innerText")
    fetched = "performance.getEntriesByType('resource').map(e => e.name).filter(e => e.endsWith('.mp4')).length"
    assert browser.run(fetched) <= 10 and browser.run("document.querySelectorAll('video').length") <= 10

    pick = "(e => {{ e.value = '{}'; e.dispatchEvent(new Event('{}')); }})(document.querySelector('{}'))"
    browser.run(pick.format("0.25", "change", "#speed"))
    browser.run(pick.format("face level, target", "change", "#sort"))
    browser.run("document.querySelector('#turn').click()")
    assert browser.run(keys)[:3] == ["clip-0003", "clip-0007", "clip-0011"]
    browser.run(pick.format("39", "change", ".pages select"))
    assert browser.run(keys)[-1] == "clip-1996"
    browser.until("document.querySelector('video')")
    assert browser.run("[...document.querySelectorAll('video')].every(e => e.playbackRate === .25)")

    counts = browser.run("[...document.querySelectorAll('.bar')].map(e => e.innerText.split('\\n').join(' '))")
    assert {"attic 500", "first.jpeg 1000", "codec 500"} <= set(counts)
    tones = browser.run("document.querySelector('.tones').getAttribute('aria-label')")
    assert tones.endswith("1: 500, 2: 0, 3: 0, 4: 500, 5: 0, 6: 0, 7: 500, 8: 0, 9: 0, 10: 500")
    browser.run("[...document.querySelectorAll('.bar')].find(e => e.innerText.includes('porch')).click()")
    assert browser.run(keys)[0] == "clip-0003" and "of 500" in browser.run("document.querySelector('.where').innerText")
    browser.run(pick.format("1999", "input", "#find"))
    assert browser.run(keys) == ["clip-1999"]
    browser.run(pick.format("small", "change", "#view"))
    assert browser.run("getComputedStyle(document.querySelector('.below')).display") == "none"
    assert browser.run("document.querySelectorAll('video').length") == 0
    browser.run("document.querySelector('article').dispatchEvent(new Event('pointerenter'))")
    assert browser.run("document.querySelectorAll('video').length") == 1
    browser.run("document.querySelector('article').click()")
    assert browser.run("document.querySelector('#view').value") == "side"
    again = browser.run("location.href")
    browser.open(again, 400)
    assert browser.run(keys) == ["clip-1999"] and browser.run("document.querySelector('#speed').value") == "0.25"
    assert not browser.messages


def test_light_that_changes_is_told_in_words_not_numbers() -> None:
    """150 gains of a lamp are their number; a lighting whose light stays says nothing of it."""
    course = {"lights": ["sun"], "why": "cloud", "gain": [[1.0, 1.0, 1.0]] * 150}
    info = {"format": FORMAT, "key": "a", "lighting": {"exposure_ev": 0.0, "over_time": {"courses": [course]}}}
    assert "light changes: cloud" in short_facts(info)["room"]
    told = drawn(info)["light"]["over_time.courses"]
    assert told == "['sun'] cloud 150 values"
    course |= {"why": "", "lights": [""], "gain": [[0.0, 0.0, 0.0]]}
    assert "light" not in short_facts(info)["room"]
