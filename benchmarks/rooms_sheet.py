"""A sheet of indoor rooms as a webcam sees them behind a person, and as whole spheres.

    keyfill rooms configs/rooms.yaml --out data/rooms
    python benchmarks/rooms_sheet.py data/rooms --picture rooms.jpg

Each cell is the plate of a 1280x720 camera (68 degrees, f/2, in focus at 0.6 m), exposed as a webcam would,
through `render.environment.background_plate`; `--sphere` shows the whole panorama instead. Prints a line a room: kind,
sky, mean level (sRGB), share of the plate that is burnt out.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import cv2
import numpy as np
import yaml

from core.colour import luminance, srgb_from_linear
from render.environment import background_plate, load_hdri
from scenes.spec import Camera

CAMERA = Camera((0.0, -0.6, 1.2), (0.0, 0.0, 1.2), math.radians(68), f_stop=2.0)


def exposed(image: np.ndarray, level: float = 0.2) -> np.ndarray:
    """sRGB `[0, 1]`, metered and bent as in a webcam: what is half the median and half the mean, lights capped at four
    medians, comes to `level` (linear), and highlights roll off."""
    seen = luminance(image)
    middle = max(float(np.median(seen)), 1e-9)
    metered = 0.5 * middle + 0.5 * float(np.minimum(seen, 4 * middle).mean())
    return srgb_from_linear(1 - np.exp(-1.15 * image * (level / metered)))


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--width", type=int, default=480, help="pixels of one cell")
    parser.add_argument("--sphere", action="store_true")
    options = parser.parse_args()
    cells = []
    for path in sorted(options.folder.glob("*.exr")):
        room = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))["room"]
        image = load_hdri(path)
        plate = background_plate(image, CAMERA, 0.0, 1280, 720)
        shown = image if options.sphere else plate
        cell = exposed(shown)
        size = (options.width, options.width // 2 if options.sphere else options.width * 9 // 16)
        cell = np.rint(cv2.resize(cell, size, interpolation=cv2.INTER_AREA)[..., ::-1] * 255).astype(np.uint8)
        for colour, wide in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            place = (8, size[1] - 9)
            cv2.putText(cell, room["kind"], place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, wide, cv2.LINE_AA)
        cells.append(cell)
        level = exposed(plate)
        burnt = float((level.min(-1) > 0.995).mean())
        print(f"{path.stem}  {room['kind']:<13} {room['daylight']['sky']:<9} {level.mean():.2f}  {burnt:.1%} burnt out")
    while len(cells) % options.columns:
        cells.append(np.zeros_like(cells[0]))
    rows = [np.hstack(cells[i : i + options.columns]) for i in range(0, len(cells), options.columns)]
    cv2.imwrite(str(options.picture), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    main()
