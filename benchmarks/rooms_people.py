"""A sheet of people in rooms, under the rooms' own light: the sources of clean or pair shards, as a call shows them.

    keyfill render configs/light_field.yaml --out data/clean
    python benchmarks/rooms_people.py data/clean --picture people.jpg [--count 24] [--columns 6] [--width 320]

One lighting of each clip, in another room where there is one, in the clips' order, none left out; the middle frame.
Prints each sample's key, room, and the level of its face.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from core.errors import InputError, KeyfillError
from core.levels import eight_bit
from pairs.dataset import Dataset
from pairs.video import iter_frames


def chosen(data: Dataset, count: int, rooms: str) -> list[str]:
    """A key a clip; of its lightings in rooms whose name begins so the first whose room no clip before has shown."""
    clips: dict[str, list[tuple[str, str]]] = {}
    for key in data.keys():
        clip = key.partition("-light-")[0]
        if clip not in clips and len(clips) == count:
            break
        clips.setdefault(clip, []).append((data.info(key)["lighting"]["hdri"], key))
    seen: set[str] = set()
    keys = []
    for lightings in clips.values():
        fit = [(room, key) for room, key in lightings if room.startswith(rooms)]
        room, key = next((row for row in fit if row[0] not in seen), fit[0] if fit else ("", ""))
        if key:
            seen.add(room)
            keys.append(key)
    return keys


def main() -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--rooms", default="room-", help="rooms whose name begins so")
    options = parser.parse_args()
    try:
        data = Dataset(options.folder)
        keys = chosen(data, options.count, options.rooms)
        if not keys:
            raise InputError(f"{options.folder}: no sample in a room whose name begins with {options.rooms!r}")
        cells = []
        for key in keys:
            info = data.info(key)
            frames = list(iter_frames(data.member(key, "source.mkv"), f"{key}: source.mkv"))
            frame = eight_bit(frames[len(frames) // 2])
            size = (options.width, round(options.width * frame.shape[0] / frame.shape[1]))
            cells.append(cv2.resize(frame[..., ::-1], size, interpolation=cv2.INTER_AREA))
            print(f"{key}  {info['lighting']['hdri']}  face {info['face_mean']['source']:.0f}")
    except KeyfillError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    while len(cells) % options.columns:
        cells.append(np.zeros_like(cells[0]))
    rows = [np.hstack(cells[i : i + options.columns]) for i in range(0, len(cells), options.columns)]
    cv2.imwrite(str(options.picture), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 88])
    return 0


if __name__ == "__main__":
    sys.exit(main())
