"""Where the pictures of a clip lie in its one video: they stay in step, and the page cuts them out as it needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

FEWEST_LINES = 270
"""Frames with fewer lines are enlarged: an H.264 file halves the resolution of colours."""
LONGEST_SIDE = 1280


@dataclass(frozen=True)
class Tile:
    """A picture's place in the video, in pixels."""

    name: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Atlas:
    """The pictures in a row, beneath them the passes, half as large."""

    tiles: tuple[Tile, ...]
    width: int
    height: int

    @staticmethod
    def of(height: int, width: int, pictures: tuple[str, ...], passes: tuple[str, ...]) -> Atlas:
        """For frames of `height` x `width` pixels. All numbers come out even, as H.264 needs."""
        scale = max(1, round(FEWEST_LINES / height)) * min(1.0, LONGEST_SIDE / max(height, width))
        full = _even(width * scale), _even(height * scale)
        half = _even(width * scale / 2), _even(height * scale / 2)
        tiles = [Tile(name, full[0] * number, 0, *full) for number, name in enumerate(pictures)]
        tiles += [Tile(name, half[0] * number, full[1], *half) for number, name in enumerate(passes)]
        return Atlas(tuple(tiles), max(t.x + t.width for t in tiles), max(t.y + t.height for t in tiles))

    def compose(self, pictures: Mapping[str, np.ndarray]) -> np.ndarray:
        """Pictures `(H, W, 3)` uint8 by name -> `(height, width, 3)` uint8."""
        whole = np.zeros((self.height, self.width, 3), np.uint8)
        for tile in self.tiles:
            picture = pictures[tile.name]
            larger = tile.height > picture.shape[0]
            how = cv2.INTER_CUBIC if larger else cv2.INTER_AREA
            place = whole[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
            place[...] = cv2.resize(picture, (tile.width, tile.height), interpolation=how)
        return whole


def _even(length: float) -> int:
    return max(2, round(length) // 2 * 2)
