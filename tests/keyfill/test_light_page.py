"""The light desk, written from kept layers and opened in a real browser: what it shows is what relight writes."""

from __future__ import annotations

import base64
import functools
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from core.config import validate
from core.errors import InputError
from core.files import write_json
from degrade.chain import degrade_clip
from degrade.draw import draw_params
from keyfill.cli import main
from keyfill.preview.lights.page import LightDesk
from keyfill.preview.lights.shrunk import Shrunk
from keyfill.relit_clips import hand_lightings, relit_config
from pairs.dataset import Dataset
from pairs.video import decode
from render.config import RenderConfig
from render.relit import relight_clip, relit_scene
from scenes.spec import Camera

WIDTH, HEIGHT, FRAMES, CLIP = 64, 36, 3, "clip-000000"


def silent(done: int, total: int, text: str = "") -> None:
    pass


def ready(browser: Any, page: Path, width: int = 1000) -> None:
    browser.open(page.as_uri(), width)
    settled(browser)


def settled(browser: Any) -> None:
    browser.until("keyfill.opened && !keyfill.opened.running && keyfill.opened.done > 0")
    said = [message for message in browser.messages if '"level": "warning"' not in message]
    assert not said and browser.run("document.querySelector('#trouble').hidden")


def put(browser: Any, label: str, value: Any, event: str = "change") -> None:
    """Into the control of that name, as a hand would."""
    selector = json.dumps(f"[aria-label={json.dumps(label)}]")
    browser.run(
        f"(e => {{ e.value = {json.dumps(value)}; e.dispatchEvent(new Event('{event}')); }})"
        f"(document.querySelector({selector}))"
    )
    settled(browser)


def click(browser: Any, selector: str) -> None:
    browser.run(f"document.querySelector({json.dumps(selector)}).click()")
    settled(browser)


def seen(browser: Any, name: str) -> np.ndarray:
    """`(H, W, 3)` int: the pixels of a canvas, as it holds them."""
    data = browser.run(f"document.querySelector('#{name}').toDataURL('image/png')")
    image = cv2.imdecode(np.frombuffer(base64.b64decode(data.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    return image[..., ::-1].astype(int)


@pytest.fixture(scope="module")
def rooms(kept_rooms: dict[str, Path]) -> dict[str, Path]:
    return kept_rooms


@pytest.fixture(scope="module")
def made(kept_clean: Any) -> Any:
    """By mode: a folder of clean shards whose clip has its layers, and the page of it."""

    def make(mode: str) -> SimpleNamespace:
        one = kept_clean(mode)
        page, config = one.folder / "page", one.folder / "config.yaml"
        degrade = {"first": {"jpeg": {"quality": [30, 30]}}}
        write_json(config, {"scenes": one.config["scenes"], "degrade": degrade})  # JSON is YAML
        words = ["preview", str(one.clean), "--lights", "--out", str(page), "--quiet"]
        assert main([*words, "--config", str(config)]) == 0
        return SimpleNamespace(**{**vars(one), "page": page / "index.html", "config": config, "words": words})

    return functools.cache(make)


def agrees(browser: Any, one: SimpleNamespace, rooms: dict[str, Path], folder: Path, number: int = 1) -> np.ndarray:
    """Paste the page's numbers into a file, relight by it, compare both pictures; returns the source."""
    folder.mkdir()
    (folder / "lights.yaml").write_text(browser.run("document.querySelector('#config').textContent"))
    lightings = hand_lightings(folder / "lights.yaml").on(one.scene.lightings[0], CLIP)
    render = validate(one.layers.info.render, RenderConfig, name="render")
    (sample,) = relight_clip(relit_scene(one.scene, lightings, ()), render, rooms, one.layers, folder / "work")
    source = np.rint(decode(sample.members["source.mkv"])[number] * (255 / 1023)).astype(int)
    target = decode(sample.members["target.mkv"])[number].astype(int)
    for name, wanted in (("source", source), ("target", target)):
        off = np.abs(seen(browser, name) - wanted)
        assert off.max() <= 2 and (off > 1).mean() < 0.01, (name, off.max(), (off > 1).mean())
    return source


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["olat", "stage", "exact"])
def test_it_shows_what_relight_writes_by_its_numbers(
    mode: str, made: Any, rooms: dict[str, Path], browser: Any, tmp_path: Path
) -> None:
    """As it opens, turned, exposed, coloured, another room, single lights, other places: always its own numbers."""
    one = made(mode)
    ready(browser, one.page)
    before = agrees(browser, one, rooms, tmp_path / "opened")
    assert np.abs(before - np.rint(decode(one.samples[0].members["source.mkv"])[1] / 1023 * 255)).max() <= 2

    def changed(name: str, least: float) -> None:
        nonlocal before
        now = agrees(browser, one, rooms, tmp_path / name)
        assert np.abs(now - before).mean() > least, name
        before = now

    put(browser, "lighting of the clip", one.samples[1].key)
    changed("another of the clip's own", 5)
    assert np.abs(before - np.rint(decode(one.samples[1].members["source.mkv"])[1] / 1023 * 255)).max() <= 2
    put(browser, "lighting of the clip", one.samples[0].key)
    before = agrees(browser, one, rooms, tmp_path / "first again")
    put(browser, "exposure, stops", -1.0)
    changed("exposed", 5)
    put(browser, "exposure, stops", 4.0)
    assert "Held at the most light" in browser.run("document.querySelector('#held').textContent")
    changed("held", 5)
    for label, value in (("key, K", 3000), ("key : fill", 9), ("rim", 1.5), ("fill, K", 8000)):
        put(browser, label, value)
    put(browser, "room's light too", 0.4)
    put(browser, "desk lamp", 2)
    put(browser, "its colour, K", 2500)
    changed("studio", 0.5)
    put(browser, "room", "sun")
    changed("sun", 5)
    if mode == "exact":
        assert not browser.run("document.querySelectorAll('svg[role=slider]').length")
        return
    put(browser, "turned, degrees", 217.3)
    changed("turned", 1)
    for number, colour in ((2, "#ff8040"), (5, "#2040ff")):
        put(browser, f"cell00{number}, how strong", 1.6, "input")
        put(browser, f"cell00{number}, colour", colour, "input")
    assert "layer_gains:\n    cell002: [2.56, " in browser.run("document.querySelector('#config').textContent")
    changed("coloured", 0.3)
    click(browser, "[data-light=cell003] button")
    assert (
        browser.run("document.querySelector('#config').textContent").count("[0, 0, 0]")
        == len([light for light in one.layers.info.lights if light.of == "room"]) - 1
    )
    changed("only one", 1)
    if mode == "stage":
        return
    before = seen(browser, "target")
    for name in ("key", "rim"):
        browser.run(
            f"[...document.querySelectorAll('.check')].find(e => e.textContent.startsWith(' {name} stands'))"
            ".querySelector('input').click()"
        )
        settled(browser)
    put(browser, "azimuth, degrees", -70)
    put(browser, "spread, degrees", 8)
    agrees(browser, one, rooms, tmp_path / "placed")
    assert np.abs(seen(browser, "target") - before).mean() > 1


@pytest.mark.browser
def test_it_plays_and_steps(made: Any, rooms: dict[str, Path], browser: Any, tmp_path: Path) -> None:
    one = made("olat")
    ready(browser, one.page)
    shown = "document.querySelector('#number').textContent"
    assert browser.run(shown) == "frame 2 of 3"
    click(browser, "#next")
    assert browser.run(shown) == "frame 3 of 3"
    agrees(browser, one, rooms, tmp_path / "next", 2)
    click(browser, "#next")
    assert browser.run(shown) == "frame 1 of 3"
    agrees(browser, one, rooms, tmp_path / "first", 0)
    browser.run("document.querySelector('#play').click()")
    for number in (3, 2, 3):
        browser.until(f"{shown} === 'frame {number} of 3'")
    browser.run("document.querySelector('#play').click()")
    settled(browser)


@pytest.mark.browser
def test_the_dial_turns_the_room(made: Any, rooms: dict[str, Path], browser: Any, tmp_path: Path) -> None:
    """Its hand goes where it is dragged: right is 0, counter-clockwise, as the room turns seen from above."""
    one = made("olat")
    ready(browser, one.page)
    left, top, width, height = browser.run(
        "(e => { e.scrollIntoView({ block: 'center' }); const b = e.getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height]; })(document.querySelector('svg[role=slider]'))"
    )
    at = {"x": left + width / 2, "y": top + height * 0.15, "button": "left"}
    browser.call("Input.dispatchMouseEvent", type="mousePressed", buttons=1, clickCount=1, **at)
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", buttons=1, **{**at, "x": left + width * 0.52})
    browser.call("Input.dispatchMouseEvent", type="mouseReleased", clickCount=1, **at)
    settled(browser)
    turned = browser.run("keyfill.opened.state.turned_deg")
    assert 80 < turned < 90
    agrees(browser, one, rooms, tmp_path / "turned")


@pytest.mark.browser
def test_degraded_pictures_are_the_chains_own(made: Any, browser: Any) -> None:
    """Of the clip's own lightings; of any other lighting the page says that it has none."""
    one = made("olat")
    config = relit_config(one.clean, one.config, ())
    ready(browser, one.page)
    clean = seen(browser, "source")
    click(browser, "#degraded")
    for number, sample in enumerate(one.samples):
        put(browser, "lighting of the clip", sample.key)
        source = decode(sample.members["source.mkv"])
        drawn = draw_params(config.degrade, config.seed, sample.key, FRAMES, WIDTH, HEIGHT, 10.0)
        assert np.array_equal(seen(browser, "source"), degrade_clip(source, drawn)[1]), number
        assert browser.run("document.querySelector('#source-said').textContent") == "source, degraded"
    assert np.abs(seen(browser, "source") - clean).mean() > 1
    put(browser, "exposure, stops", 0.5)
    assert "none of these" in browser.run("document.querySelector('#of-degraded').textContent")
    assert browser.run("document.querySelector('#source-said').textContent") == "source: the room's light"


@pytest.mark.browser
def test_a_runs_pairs_give_the_degraded_pictures(made: Any, browser: Any, tmp_path: Path) -> None:
    """A whole run shows the source of its pair shards; without those and a config the page says that it has none."""
    one, run = made("olat"), tmp_path / "run"
    shutil.copytree(one.clean, run / "clean")
    assert main(["preview", str(run), "--lights", "--out", str(tmp_path / "bare"), "--quiet"]) == 0
    ready(browser, tmp_path / "bare" / "index.html")
    assert browser.run("document.querySelector('#degraded').disabled")
    assert "no degraded pictures" in browser.run("document.querySelector('#of-degraded').textContent")
    words = ["--config", str(one.config), "--set", "degrade.first.jpeg.quality=12", "--quiet"]
    assert main(["degrade", str(run / "clean"), "--out", str(run / "pairs"), *words]) == 0
    assert main(["preview", str(run), "--lights", "--out", str(tmp_path / "page"), "--quiet"]) == 0
    ready(browser, tmp_path / "page" / "index.html")
    click(browser, "#degraded")
    stored = decode(Dataset(run / "pairs", "pairs").member(one.samples[0].key, "source.mkv"))
    assert np.array_equal(seen(browser, "source"), stored[1])
    assert str(run / "pairs") in browser.run("document.querySelector('#of-degraded').textContent")


@pytest.mark.browser
@pytest.mark.parametrize("width", (400, 1000, 1600))
def test_it_fits_the_window(width: int, made: Any, browser: Any) -> None:
    ready(browser, made("olat").page, width)
    assert browser.run("document.documentElement.scrollWidth") <= width
    least = browser.run("Math.min(...[...document.querySelectorAll('.pair canvas')].map(e => e.clientWidth))")
    assert least >= {400: 360, 1000: 400, 1600: 600}[width]
    cut = "[...document.querySelectorAll('.row input[type=number]')].filter(e => e.clientWidth < 50 && e.offsetParent)"
    assert browser.run(f"{cut}.length") == 0


@pytest.mark.browser
def test_without_webgl_it_says_so(made: Any, browser_with: Any) -> None:
    bare = browser_with("--disable-3d-apis")
    bare.open(made("olat").page.as_uri(), 1000)
    bare.until("!document.querySelector('#trouble').hidden")
    assert "shows no WebGL 2" in bare.run("document.querySelector('#trouble').textContent")
    assert bare.run("document.querySelector('#work').hidden")


def test_shrinking_keeps_the_light() -> None:
    """A frame too wide for the page: each shown pixel is the mean of those it stands for, box and rays included."""
    info = SimpleNamespace(width=1447, height=813, box=(701, 90, 1001, 805))
    shown = Shrunk.fitting(info)
    assert (shown.by, shown.size, shown.box) == (4, (361, 203), (175, 22, 251, 202))
    rng = np.random.default_rng(3)
    layers = rng.random((2, 3, 715, 300)).astype(np.float16)
    whole = np.zeros((2, 3, 813, 1447), np.float32)
    whole[..., 90:805, 701:1001] = layers
    wanted = whole[..., :812, :1444].reshape(2, 3, 203, 4, 361, 4).mean((3, 5))
    assert shown.layers(layers) == pytest.approx(wanted[..., 22:202, 175:251], abs=1e-3)
    assert wanted.sum() == pytest.approx(wanted[..., 22:202, 175:251].sum())
    image = rng.random((813, 1447, 3)).astype(np.float32)
    assert shown.picture(image)[100, 200] == pytest.approx(image[400:404, 800:804].mean((0, 1)))
    camera = Camera((0.0, -0.7, 1.2), (0.0, 0.0, 1.2), np.radians(60.0))
    rays = shown.rays(camera)
    assert rays.shape == (203, 361, 3) and np.linalg.norm(rays, axis=-1) == pytest.approx(1)
    assert rays[101, 180] == pytest.approx([0, 1, 0], abs=0.01)


def test_the_command_keeps_refuses_and_names(made: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = made("exact")
    capsys.readouterr()
    page = one.page.parent
    before = {path: path.stat().st_mtime_ns for path in (page / "media").iterdir()}
    assert main([*one.words, "--config", str(one.config)]) == 0
    assert before == {path: path.stat().st_mtime_ns for path in (page / "media").iterdir()}
    assert main([*one.words, "--dry-run"]) == 2  # without degraded pictures it would be another page
    assert "would be made anew" in capsys.readouterr().err
    plain = ["preview", str(one.clean), "--out", str(tmp_path / "page"), "--quiet"]
    for words, said in (
        ([*plain, "--config", str(one.config)], "--config: goes with --lights"),
        ([*plain, "--set", "seed=1"], "--set: goes with --lights"),
        ([*plain, "--lights", "--limit", "0"], "--limit 0: expected at least 1"),
        ([*plain, "--lights", "--set", "scenes.rooms=bpy"], "no room 'window'; it has city, "),
        (["preview", str(tmp_path), "--lights", "--out", str(tmp_path / "page")], "no clean shards here"),
    ):
        assert main(words) == 2
        err = capsys.readouterr().err
        assert said in err and len(err.strip().splitlines()) == 1, err
    assert not (tmp_path / "page").exists()


def test_what_is_wrong_with_the_layers_is_one_line(made: Any, tmp_path: Path) -> None:
    one = made("exact")
    config = relit_config(one.clean, None, ())
    copy = tmp_path / "clean"
    shutil.copytree(one.clean, copy)
    path = copy / "layers" / CLIP / "000002.exr"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"000002\.exr: .*it was cut or changed"):
        LightDesk(copy, config).write(tmp_path / "page", silent)
    assert not (tmp_path / "page" / "index.html").exists()
    shutil.rmtree(copy / "layers")
    with pytest.raises(InputError, match=r"rendered without render\.keep: layers"):
        LightDesk(copy, config)
