"""Records docs/images/lights.webp: the page of `keyfill preview --lights`, used by a hand that is a script.

    keyfill render configs/lights.yaml --out out/lights --shard-index 5 --num-shards 6
    keyfill preview out/lights --lights --out out/lights-page --config configs/lights.yaml
    python tools/record_lights.py out/lights-page/index.html docs/images/lights.webp

Needs Chromium, as the browser tests do; software WebGL will do. Every picture is the window as it is, one after each
change, put together by ffmpeg.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import imageio_ffmpeg

WINDOW = (1300, 960)
SHOWN = 860
"""Pixels that the recording is wide."""
FPS = 8
STILL = "keyfill.opened && !keyfill.opened.running && keyfill.opened.done > 0"


def moves() -> Iterator[tuple[str, int]]:
    """What is done, as scripts, and how many frames the clip moves on after each."""
    change = lambda **said: f"keyfill.opened.change({json.dumps(said)})"
    tick = "document.querySelector('#degraded').click()"
    yield "0", 6
    for turn in range(144, 144 + 360, 15):  # once around
        yield change(turned_deg=turn % 360), 1
    yield "keyfill.opened.take(keyfill.opened.clip.lightings[0]), keyfill.opened.update()", 2
    yield tick, 6
    yield tick, 2
    for azimuth in (40, 20, 0, -20, -40, -60, -75, -75):  # the key walks around the face, and grows warm
        yield change(key={"azimuth_deg": azimuth, "elevation_deg": 25, "spread_deg": 15}, key_fill_ratio=5), 1
    for kelvin in (4800, 4000, 3400, 2900, 2900, 2900):
        yield change(key_temperature_k=kelvin), 1
    yield change(room="city", turned_deg=60), 4
    yield change(room="sunset", turned_deg=300), 4
    yield "[...document.querySelectorAll('#lights .buttons button')].at(-1).click()", 1
    for name, gain, colour in (("cell031", 8, "#ff4070"), ("cell024", 16, "#4070ff"), ("cell018", 4, "#ffd080")):
        yield f"keyfill.opened.paint('{name}', {gain}, '{colour}')", 4  # from the left, the right, above


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--quality", type=int, default=70)
    args = parser.parse_args()
    home = Path(__file__).parents[1] / "tests" / "keyfill" / "conftest.py"
    spec = importlib.util.spec_from_file_location("browser_of_the_tests", home)
    assert spec and spec.loader
    tests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tests)
    with tempfile.TemporaryDirectory() as name:
        folder, number = Path(name), 0
        browser = tests.Browser(folder / "profile")
        try:
            browser.call("Emulation.setScrollbarsHidden", hidden=True)
            browser.open(args.page.resolve().as_uri(), *WINDOW)
            browser.until(STILL)
            for script, frames in moves():
                browser.run(f"void ({script})")
                for _ in range(frames):
                    browser.run("void keyfill.opened.show(keyfill.opened.index + 1)")
                    browser.until(STILL)
                    cv2.imwrite(str(folder / f"{number:04d}.png"), browser.picture()[..., ::-1])
                    number += 1
        finally:
            browser.close()
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-framerate", str(FPS)]
        command += ["-i", str(folder / "%04d.png"), "-vf", f"scale={SHOWN}:-2:flags=area", "-c:v", "libwebp_anim"]
        subprocess.run([*command, "-q:v", str(args.quality), "-loop", "0", str(args.out)], check=True)
    print(f"{args.out}: {number} frames, {args.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
