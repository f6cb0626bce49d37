"""One's own footage degraded: whole videos with sound and times, pictures, folders; the same by the same seed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from core.config import validate
from core.footage import Footage
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.params import DegradeParams
from degrade.report.charts import texture_chart
from keyfill.cli import main
from pairs.manifest import write_header

WIDTH, HEIGHT, FRAMES = 96, 65, 60
CHAIN = """
optics: {motion_blur: {shutter: 0.5}}
processor: {temporal_denoise: {strength: 0.5, threshold: 12}}
first: {noise: {sigma: 8, kinds: {gaussian: 1}}}
delivery: {frame_rate: {fps: 13}}
codec: {kinds: {h264: 1}, keyframe_s: 0.8, bits_per_pixel: 0.3}
"""


def degrade(*arguments: object) -> int:
    return main(["degrade", *map(str, arguments), "--quiet"])


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chain") / "chain.yaml"
    path.write_text(CHAIN)
    return path


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texture that slides, of an odd height, longer than a preview; uneven times, a tone, a title."""
    path = tmp_path_factory.mktemp("video") / "me.mkv"
    wide = texture_chart(4)
    raw = b"".join(np.ascontiguousarray(wide[:HEIGHT, t : t + WIDTH]).tobytes() for t in range(FRAMES))
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"),
        *("-s", f"{WIDTH}x{HEIGHT}", "-r", "25", "-i", "-", "-f", "lavfi", "-i", "sine=d=2.4", "-metadata", "title=Me"),
        *("-vf", "setpts='PTS+if(gte(N,30),0.5/TB,0)'", "-fps_mode", "passthrough", "-c:v", "ffv1", "-c:a", "aac"),
        str(path),
    ]
    subprocess.run(command, input=raw, check=True)
    return path


def read(path: Path) -> tuple[np.ndarray, list[float]]:
    with Footage(path) as footage:
        times, pictures = zip(*footage, strict=True)
    return np.stack(pictures), list(times)


def test_a_whole_video_is_degraded_and_keeps_times_sound_and_title(video: Path, chain: Path, tmp_path: Path) -> None:
    """Frame for frame what the chain gives in memory, though only a few frames are kept at a time."""
    out = tmp_path / "me-bad.mp4"
    assert degrade(video, "--config", chain, "--out", out, "--seed", 3) == 0
    before, times = read(video)
    after, times_after = read(out)
    assert len(after) == FRAMES and times_after == pytest.approx(times, abs=2e-3)
    record = json.loads((tmp_path / "me-bad.mp4.json").read_text())
    params = DegradeParams.from_json(record["degrade"])
    assert params.codec is not None and len(params.codec.starts) > 2 and params.delivery is not None
    expected = degrade_clip(before[:, : HEIGHT - 1], params)
    assert np.abs(after.astype(int) - expected).mean() < 2 < np.abs(after.astype(int) - before[:, :-1]).mean()
    with av.open(str(out)) as found, av.open(str(video)) as given:
        assert found.metadata["title"] == "Me"
        sounds = [[bytes(p) for p in container.demux(audio=0) if p.size] for container in (found, given)]
    assert sounds[0] == sounds[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["me-bad.mp4", "me-bad.mp4.json"]


def test_the_same_again_is_left_alone_and_another_is_not_replaced_unasked(
    video: Path, chain: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out, other, again = tmp_path / "a.mp4", tmp_path / "b.mp4", ("--config", chain, "--out")
    assert degrade(video, *again, out) == 0 and degrade(video, *again, other) == 0
    assert out.read_bytes() == other.read_bytes(), "the same seed"
    capsys.readouterr()
    assert degrade(video, *again, out) == 0
    assert "0 files written and 1 unchanged" in capsys.readouterr().out
    stamp = out.stat().st_mtime_ns
    assert degrade(video, *again, out, "--seed", 1) == 2
    error = capsys.readouterr().err
    assert "seed (0, now 1)" in error and "--replace" in error and error.count("\n") == 1
    assert degrade(video, *again, out, "--seed", 1, "--dry-run") == 2 and degrade(video, *again, out, "--dry-run") == 0
    assert out.stat().st_mtime_ns == stamp
    assert degrade(video, *again, out, "--seed", 1, "--replace") == 0
    assert out.read_bytes() != other.read_bytes()


def test_a_folder_of_pictures_and_videos_each_by_itself(video: Path, chain: Path, tmp_path: Path) -> None:
    mine, out = tmp_path / "mine", tmp_path / "bad"
    mine.mkdir()
    for number, size in enumerate(((40, 60), (33, 51))):
        cv2.imwrite(str(mine / f"{number}.jpg"), texture_chart(number)[: size[0], : size[1]])
    (mine / "call.mkv").symlink_to(video)
    (mine / "notes.txt").write_text("not footage")
    assert degrade(mine, "--config", chain, "--out", out) == 0
    assert sorted(path.name for path in out.iterdir()) == ["0.png", "1.png", "call.mkv", "degrade"]
    assert cv2.imread(str(out / "1.png")).shape == (32, 50, 3)
    assert sorted(path.name for path in (out / "degrade").iterdir()) == ["0.png.json", "1.png.json", "call.mkv.json"]
    assert len(read(out / "call.mkv")[0]) == FRAMES
    first = (out / "0.png").read_bytes()
    (mine / "1.jpg").unlink()
    assert degrade(mine / "0.jpg", "--config", chain, "--out", tmp_path / "alone.png") == 0
    assert (tmp_path / "alone.png").read_bytes() == first, "drawn by the name, not by its neighbours"


def test_folders_in_a_folder_are_taken_and_keep_their_names(chain: Path, tmp_path: Path, capsys) -> None:
    mine, out = tmp_path / "mine", tmp_path / "mine" / "bad"
    for name in ("a.png", "one/a.png", "one/deep/a.png", "two/a.png", ".hidden/a.png"):
        (mine / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(mine / name), texture_chart(3)[:40, :60])
    results = ["a.png", "one/a.png", "one/deep/a.png", "two/a.png"]
    below = lambda folder: sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert degrade(mine, "--config", chain, "--out", out) == 0
    assert below(out) == [*results[:1], *(f"degrade/{name}.json" for name in results), *results[1:]]
    assert len({(out / name).read_bytes() for name in results}) == 4, "each has a draw of its own"
    capsys.readouterr()
    assert degrade(mine, "--config", chain, "--out", out) == 0, "results in the folder itself are no input"
    assert "0 files written and 4 unchanged" in capsys.readouterr().out
    write_header(mine / "clean", "clean", {})
    assert degrade(mine, "--config", chain, "--out", out) == 2, "the folder of a run is no footage"


def test_a_preview_says_that_it_shows_the_beginning(video: Path, chain: Path, tmp_path: Path, capsys) -> None:
    assert main(["inspect", "preview", str(video), str(chain), "--out", str(tmp_path), "--count", "1", "--quiet"]) == 0
    assert "me.mkv: the first 48 frames are shown" in capsys.readouterr().err
    assert len(read(tmp_path / "variant-0.mp4")[0]) == 48
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    assert (
        main(["inspect", "preview", str(cut), str(chain), "--out", str(tmp_path / "b"), "--count", "1", "--quiet"]) == 0
    )
    assert "cut.mkv: cut: " in capsys.readouterr().err


def test_a_folder_of_pictures_as_the_frames_of_one_video(chain: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for number in range(12):
        cv2.imwrite(str(mine / f"{number}.png"), texture_chart(4)[:64, number : number + 96])
    assert degrade(mine, "--config", chain, "--out", tmp_path / "out.webm") == 0
    assert len(read(tmp_path / "out.webm")[0]) == 12


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{mine}/a.png", "--out", "{mine}/b.mp4"), "a picture is written as PNG"),
        (("{video}", "--out", "{mine}/b.gif"), "choose a name such as OUT.mp4"),
        (("{video}", "--out", "{video}"), "is the input itself"),
        (("{mine}", "--out", "{mine}"), "is the input itself"),
        (("{mine}", "--out", "{mine}/out"), "would both become a.png"),
        (("{video}", "--out", "{mine}/b.mp4", "--workers", "2"), "--workers: has no effect with footage of your own"),
        (("{mine}/small.png", "--out", "{mine}/b.png"), "too small to degrade"),
        (("{mine}/none.mp4", "--out", "{mine}/b.mp4"), "none.mp4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_done_is_said_first(
    arguments: tuple, said: str, video: Path, chain: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    for name, picture in (("a.png", texture_chart(1)[:32, :32]), ("small.png", np.zeros((8, 8, 3), np.uint8))):
        cv2.imwrite(str(tmp_path / name), picture)
    cv2.imwrite(str(tmp_path / "a.jpg"), texture_chart(1)[:32, :32])
    filled = [word.replace("{mine}", str(tmp_path)).replace("{video}", str(video)) for word in arguments]
    assert degrade(*filled, "--config", chain) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg", "a.png", "small.png"]


def test_of_a_cut_video_what_is_there_is_degraded(chain: Path, video: Path, tmp_path: Path, capsys) -> None:
    path = tmp_path / "cut.mkv"
    path.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    assert degrade(path, "--config", chain, "--out", tmp_path / "out.mp4") == 1
    assert "out.mp4 holds what is there" in capsys.readouterr().err
    assert 10 < len(read(tmp_path / "out.mp4")[0]) < 45


def drawn(text: dict, frames: int = 6) -> tuple[np.ndarray, DegradeParams]:
    from degrade.draw import draw_params

    clip = np.stack([texture_chart(3)[:48, 2 * t : 2 * t + 64] for t in range(frames)])
    return clip, draw_params(validate(text, DegradeConfig), 7, "clip", frames, 64, 48, 30.0)


NOISE = {"noise": {"kinds": {"gaussian": 1.0}, "sigma": [20, 20], "grey": 0.0}}
CALL = {"kinds": {"h264": 1.0}, "bits_per_pixel": [0.05, 0.05]}


def test_noise_after_a_codec_is_left_as_it_was_drawn() -> None:
    """Its own order codes the noise away; moved after the codec it has the deviation that was asked for."""
    plain = drawn({"codec": CALL})
    clean = degrade_clip(*plain).astype(float)
    own, after = (degrade_clip(*drawn({"first": NOISE, "codec": CALL, **order})).astype(float)
                  for order in ({}, {"order": ["codec", "first"]}))  # fmt: skip
    inside = (clean > 70) & (clean < 185)
    assert (after - clean)[inside].std() == pytest.approx(20, rel=0.05)
    assert (own - clean)[inside].std() < 16
    kept = DegradeParams.from_json(drawn({"first": NOISE, "codec": CALL, "order": ["codec", "first"]})[1].to_json())
    assert kept.running() == ("codec", "first")


def test_a_server_codes_what_the_call_has_coded() -> None:
    """The second codec is the first one's on its output: done by hand, the same bytes."""
    clip, both = drawn({"codec": CALL, "server": {"kinds": {"vp9": 1.0}, "bits_per_pixel": [0.05, 0.05]}})
    once = degrade_clip(clip, both.model_copy(update={"server": None}))
    again = degrade_clip(once, both.model_copy(update={"codec": None}))
    assert np.array_equal(degrade_clip(clip, both), again) and not np.array_equal(once, again)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (["codec"], "name each that the config has once: first, codec"),
        (["first", "codec"], "is the order in which they run anyway"),
        (["codec", "first", "server"], "name each that the config has once"),
    ],
)
def test_an_order_that_does_not_fit_is_refused(order: list, said: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(f"first: {{noise: {{}}}}\ncodec: {{}}\norder: {order}\n".replace("'", ""))
    assert degrade("x.mp4", "--config", path, "--out", tmp_path / "o.mp4") == 2
    assert f"c.yaml:3:1: order: {said}" in capsys.readouterr().err


def test_a_folder_with_nothing_in_it_says_what_would_be_taken(chain: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    assert degrade(tmp_path / "empty", "--config", chain, "--out", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert said.startswith(f"keyfill: {tmp_path / 'empty'}: nothing to degrade") and said.count("\n") == 1
    assert "shards" in said and ".mp4" in said and ".png" in said


def test_a_seed_in_a_degradation_config_is_told_where_it_belongs(video: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "mine.yaml").write_text(f"{CHAIN}seed: 3\n")
    assert degrade(video, "--config", tmp_path / "mine.yaml", "--out", tmp_path / "out.mp4") == 2
    told = "seed: stands beside a section; put the other keys under degrade:"
    assert capsys.readouterr().err == f"keyfill: {tmp_path / 'mine.yaml'}:7:1: {told}\n"
    (tmp_path / "whole.yaml").write_text("degrade: {first: {jpeg: {}}}\nseeds: 3\n")
    assert degrade(video, "--config", tmp_path / "whole.yaml", "--out", tmp_path / "out.mp4") == 2
    assert "whole.yaml:2:1: seeds: unknown key; did you mean seed?" in capsys.readouterr().err
