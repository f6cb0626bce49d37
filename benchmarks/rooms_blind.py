"""A sheet that mixes our rooms with photographed ones, for somebody who does not know which is which.

    python benchmarks/rooms_blind.py data/rooms --picture blind.png [--seed 1]

What webcams see behind people, in a drawn order: two turns of each photographed place that is indoors, and as many of
the rooms, none picked. All are as coarse as the photographs, which have 1.4 texels a degree, and went through noise and
JPEG as in a call. Prints which numbers are photographs, for whoever asks the question.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from rooms_sheet import CAMERA, exposed

from core.rng import rng_for
from render.environment import background_plate, load_hdri

INDOORS = {
    "apartment": (0.2, 2.4),
    "hall": (0.0, 1.6),
    "lab": (0.5, 2.6),
    "lobby": (0.0, 3.1),
    "warehouse": (0.4, 3.0),
    "workshop": (0.3, 1.5),
}
"""Turns of each place in radians, of which no two show the same."""
WIDTH, TEXELS, NOISE, QUALITY = 320, 110, 3.0, 70


def tile(image: np.ndarray, turn: float, number: int, rng: np.random.Generator) -> np.ndarray:
    """`(180, 320, 3)` uint8 BGR with its number."""
    plate = exposed(background_plate(image, CAMERA, turn, 1280, 720)).astype(np.float32)[..., ::-1] * 255
    coarse = cv2.resize(plate, (TEXELS, TEXELS * 9 // 16), interpolation=cv2.INTER_AREA)
    shown = cv2.resize(coarse, (WIDTH, WIDTH * 9 // 16), interpolation=cv2.INTER_CUBIC)
    noisy = np.clip(shown + rng.normal(0, NOISE, shown.shape), 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    out = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return cv2.putText(out, str(number), (4, 174), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 255, 255), 1, cv2.LINE_AA)


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    places = Path(__file__).resolve().parents[1] / "scenes/rooms/photographed"
    photographed = [(places / f"photo-{name}.exr", turn) for name, turns in INDOORS.items() for turn in turns]
    rng = rng_for(options.seed, "rooms", "blind")
    rooms = sorted(options.folder.glob("*.exr"))
    ours = [(rooms[i], 0.0) for i in rng.permutation(len(rooms))[: len(photographed)]]
    shown = [(photographed + ours)[i] for i in rng.permutation(len(photographed) + len(ours))]
    tiles = [tile(load_hdri(path), turn, number, rng) for number, (path, turn) in enumerate(shown)]
    while len(tiles) % 4:
        tiles.append(np.zeros_like(tiles[0]))
    cv2.imwrite(str(options.picture), np.vstack([np.hstack(tiles[i : i + 4]) for i in range(0, len(tiles), 4)]))
    print(f"photographs: {', '.join(str(n) for n, (path, _) in enumerate(shown) if path.parent == places)}")
    print(f"ours: {', '.join(f'{n} ({path.stem})' for n, (path, _) in enumerate(shown) if path.parent != places)}")


if __name__ == "__main__":
    main()
