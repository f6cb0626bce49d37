"""Lines that age draws on a face, as a picture over the body's texture: depth where 1 is the deepest fold."""

from __future__ import annotations

import numpy as np

SIZE = 1024  # pixels of the picture; the maps it goes with have half as many
_MIDDLE = 264.3  # the face lies on its side in the texture: its middle is this row of the 512 maps
_WINDOW = (740, 400, 1024, 656)  # left, top, right, bottom: beyond lies no line
# Folds of one half of a face as (across, down) in pixels of a 512 map, 1.5 mm each, `down` counted from the map's left
# edge, `across` from the middle of the face outwards; then width and depth.
_FOLDS = {
    "nose to mouth": ([(9, 446), (13, 454), (15.5, 462), (16, 468)], 1.0, 1.0),
    "corner of the mouth": ([(14, 469), (15, 475), (14, 481)], 0.8, 0.6),
    "between the brows": ([(3.5, 417), (3, 422), (3.6, 426)], 0.7, 0.6),
    "bag of the eye": ([(8, 434), (14, 437.5), (21, 437), (27, 433)], 0.8, 0.7),
    "below the bag": ([(10, 439), (16, 442.5), (24, 442), (30, 437)], 0.9, 0.45),
}


def paint_wrinkles(amount: float, rng: np.random.Generator) -> np.ndarray:
    """`(SIZE, SIZE)` float32 in [0, 1], 0 on smooth skin. `amount` 0 to 1.5: 0 is a child's, 1 a face of 75 years."""
    import cv2

    lines: list[tuple[np.ndarray, int, float, float]] = []
    for fold, width, deep in _FOLDS.values():
        for side in (-1, 1):
            lines.append((np.array(fold) + rng.normal(0, 0.5, 2), side, width, deep * rng.uniform(0.6, 1.2)))
    for down in np.arange(391, 417, 4.6) + rng.uniform(-1, 1):
        across = np.linspace(-rng.uniform(14, 24), rng.uniform(14, 24), 25)
        wave = rng.normal(0, 0.35, 25).cumsum() * 0.5
        row = down + rng.normal(0, 0.8) - 1.2 * np.exp(-((np.abs(across) - 13) ** 2) / 60) + wave - wave.mean()
        lines.append((np.stack([across, row], 1), 1, 0.8, rng.uniform(0.3, 0.9)))
    for side in (-1, 1):
        for turn in np.radians([-42, -18, 6, 30]) + rng.normal(0, 0.12, 4):
            reach = np.linspace(0, rng.uniform(6, 13), 12)
            bend = rng.normal(0, 0.02) * reach**2
            ray = np.stack([30.5 + reach * np.cos(turn), 429 + reach * np.sin(turn) + bend], 1)
            lines.append((ray, side, 0.6, rng.uniform(0.3, 0.8)))
    # The face's part of the picture, with room for what is soft.
    left, top, right, bottom = _WINDOW
    depth: np.ndarray = np.zeros((bottom - top, right - left), np.float32)
    for points, side, width, deep in lines:
        one: np.ndarray = np.zeros_like(depth)
        place = np.stack([points[:, 1], _MIDDLE + side * points[:, 0]], 1) * (SIZE / 512) - (left, top)
        cv2.polylines(one, [np.round(place * 16).astype(np.int32)], False, (1.0,), 2, cv2.LINE_AA, 4)
        one = cv2.GaussianBlur(one, (0, 0), 1.6 * width)
        # A fold ends gently.
        depth = np.maximum(depth, deep * one / max(float(one.max()), 1e-6))
    whole: np.ndarray = np.zeros((SIZE, SIZE), np.float32)
    whole[top:bottom, left:right] = np.clip(amount * cv2.GaussianBlur(depth, (0, 0), 0.8), 0, 1)
    return whole
