"""The finest that a face shows, painted over the part of the body's texture that is the face: pores and fine lines as
they lie in each place, and the creases that come and go with expressions.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import make_interp_spline

from core.colour import srgb_from_linear

ROWS, COLUMNS = (196.0, 334.0), (384.0, 508.0)
"""The face's part of a 512-pixel skin map, on which the face lies on its side: rows run across it, columns down it."""
FACE_UV = (COLUMNS[0] / 512, 1 - ROWS[1] / 512, (COLUMNS[1] - COLUMNS[0]) / 512, (ROWS[1] - ROWS[0]) / 512)
"""The same in texture places: left, low, width, height."""
FINER = 6
"""Pixels of these pictures to one of a map: each is about 0.25 mm."""
FLAT = 128
MIDDLE = 264.3
CREASES = ("raise", "frown", "smile")
_SHAPE = (int((ROWS[1] - ROWS[0]) * FINER), int((COLUMNS[1] - COLUMNS[0]) * FINER))
_Place = tuple[float, float, float, float]
# Ellipses on both sides of the face: across its middle, down the map, and their half sizes, in pixels of a map.
_PORES: tuple[tuple[float, _Place], ...] = (
    (1.0, (0, 441, 8, 10)), (1.0, (7, 446, 5, 5)), (0.8, (17, 447, 13, 10)), (0.5, (0, 402, 26, 12)),
    (0.6, (0, 482, 13, 9)), (0.25, (30, 455, 25, 30)),
)  # fmt: skip
_FOREHEAD, _UNDER_EYE, _LIPS = (0, 402, 30, 13), (19, 437, 13, 5), (0, 465, 11, 6)
_BLOOD = np.array([-0.009, -0.03, -0.025], np.float32)
_BROWN = np.array([-0.03, -0.042, -0.05], np.float32)
_PORE_COUNT, _PORE_PX = 12000, 1.5
# Creases as lines of points (across, down) on each side, pixels of a map; then how deep.
_LINES: dict[str, tuple[tuple[list[tuple[float, float]], float], ...]] = {
    "raise": (
        ([(0, 394), (9, 393.5), (17, 395), (24, 397)], 0.8),
        ([(0, 399), (8, 398), (16, 399), (25, 402)], 1.0),
        ([(0, 404), (8, 402.6), (16, 403.4), (24, 406.5)], 0.9),
        ([(5, 408), (12, 406.8), (19, 408.5)], 0.5),
    ),
    "frown": (
        ([(3.4, 411), (2.9, 416), (3.2, 421), (4.2, 424)], 1.0),
        ([(6.5, 414), (6.2, 418)], 0.4),
        ([(0, 424.5), (3, 425)], 0.7),
    ),
    "smile": (
        ([(9, 445), (13, 452), (16.5, 459), (18, 466)], 0.9),
        ([(31, 425), (35, 422), (39, 419.5)], 0.7),
        ([(31.5, 428.5), (36, 428), (41, 427.5)], 0.9),
        ([(31, 432), (35, 434), (39, 437)], 0.8),
        ([(29, 435), (33, 438.5), (36, 442)], 0.5),
        ([(11, 436), (18, 439.2), (26, 437.5)], 0.7),
        ([(19, 463), (21, 468), (20, 474)], 0.5),
    ),
}


def paint_grain(amount: float, rng: np.random.Generator) -> np.ndarray:
    """Height `(828, 744)` uint8, `FLAT` is even skin: pores on nose, cheeks and chin, lines along the forehead, under
    the eyes and across the lips. `amount`: 1 is usual."""
    white = rng.standard_normal(_SHAPE, dtype=np.float32)
    height = 0.2 * _scaled(_blurred(white, 1.9) - _blurred(white, 5.2))
    for place, across, down in ((_FOREHEAD, 20, 2.0), (_UNDER_EYE, 7, 1.4), (_LIPS, 1.4, 8)):
        share = _within(place)
        height = height * (1 - 0.6 * share) + 0.45 * share * _scaled(_blurred(white, across, down))
    height -= 1.5 * _pores(rng)
    return np.clip(FLAT + 34 * amount * height, 0, 255).astype(np.uint8)


def _pores(rng: np.random.Generator) -> np.ndarray:
    """`(828, 744)` in [0, 1]: how deep each pixel lies in a pore."""
    dense = np.zeros(_SHAPE, np.float32)
    for share, place in _PORES:
        dense = np.maximum(dense, share * _within(place))
    at = (rng.random((_PORE_COUNT, 2)) * _SHAPE).astype(int)
    kept = at[rng.random(_PORE_COUNT) < dense[at[:, 0], at[:, 1]]]
    pits = np.zeros(_SHAPE, np.float32)
    np.add.at(pits, (kept[:, 0], kept[:, 1]), rng.uniform(0.3, 1.0, len(kept)).astype(np.float32))
    return np.clip(_blurred(pits, _PORE_PX) * (2 * np.pi * _PORE_PX**2), 0, 1)


def paint_uneven(amount: float, monk: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Fine colour of skin on a whole map of the body, `(size, size, 3)` float32, natural logarithm of a factor: blood,
    which takes green and blue, in spots of some millimetres, and finer melanin. `amount`: 1 is usual; the darker the
    skin, `monk` 1 to 10, the more is melanin."""
    import cv2

    dark = (monk - 1) / 9
    per_mm = size / 512 / 1.5
    blood, brown = (rng.standard_normal((size, size), dtype=np.float32) for _ in range(2))
    # Blotches of a few centimetres, which all skin has.
    wide = 0.02 * _scaled(_blurred(brown[::4, ::4], 6.0 * per_mm / 4))
    blotches = cv2.resize(wide, (size, size), interpolation=cv2.INTER_LINEAR)
    blood = _scaled(_blurred(blood, 1.0 * per_mm) - 0.8 * _blurred(blood, 3.0 * per_mm))
    brown = _scaled(_blurred(brown, 0.7 * per_mm) - _blurred(brown, 2.2 * per_mm))
    return blotches[..., None] + amount * (
        (1 - 0.6 * dark) * blood[..., None] * _BLOOD + (1 + dark) * brown[..., None] * _BROWN
    )


def paint_creases(rng: np.random.Generator) -> np.ndarray:
    """`(414, 372, 3)` uint8 sRGB of depths in [0, 1]: creases of raised brows, of a frown and of a smile."""
    import cv2

    finer = FINER / 2
    out = []
    for name in CREASES:
        lines: np.ndarray = np.zeros((_SHAPE[0] // 2, _SHAPE[1] // 2), np.float32)
        for points, deep in _LINES[name]:
            for side in (-1, 1):
                line = _smooth(np.array(points) + rng.normal(0, 0.35, (len(points), 2)))
                place = np.stack([line[:, 1] - COLUMNS[0], MIDDLE + side * line[:, 0] - ROWS[0]], 1) * finer
                # Deepest in the middle.
                deepest = deep * rng.uniform(0.6, 1.1) * np.sin(np.pi * np.linspace(0.08, 0.92, len(line) - 1)) ** 0.7
                ends = np.round(place * 16).astype(int).tolist()
                for one, other, value in zip(ends, ends[1:], deepest, strict=False):
                    cv2.line(lines, one, other, (float(value),), 2, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(lines, (0, 0), 1.4)
        # Pressed together, skin rises on both sides of a crease.
        out.append(1.7 * soft - 0.4 * cv2.GaussianBlur(lines, (0, 0), 4.0))
    return (srgb_from_linear(np.stack(out, -1)) * 255 + 0.5).astype(np.uint8)


def crease_curves(actions: np.ndarray, names: tuple[str, ...], wrinkles: float) -> np.ndarray:
    """`(T, 3)` float32 in [0, 1]: how deep each of `CREASES` is at each frame. `actions`: `(T, 52)` in the order of
    `names`; `wrinkles`: depth of a face's own, 1 at 75 years: young skin creases less."""
    mean = lambda *which: np.mean([actions[:, names.index(name)] for name in which], 0)
    raised = mean("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
    frown = mean("browDownLeft", "browDownRight") + 0.3 * mean("noseSneerLeft", "noseSneerRight")
    smile = 0.6 * mean("mouthSmileLeft", "mouthSmileRight") + 0.6 * mean("cheekSquintLeft", "cheekSquintRight")
    deep = 0.3 + 0.7 * min(wrinkles, 1.0)
    return np.clip(deep * np.stack([1.4 * raised, 1.5 * frown, 1.5 * smile], 1), 0, 1).astype(np.float32)


def _within(place: _Place) -> np.ndarray:
    """1 inside an ellipse on both sides of the face, soft at its rim: `(828, 744)`."""
    across = np.abs((np.arange(_SHAPE[0], dtype=np.float32) + 0.5) / FINER + ROWS[0] - MIDDLE)
    down = (np.arange(_SHAPE[1], dtype=np.float32) + 0.5) / FINER + COLUMNS[0]
    x, y, half_x, half_y = place
    far = np.hypot(((across - x) / half_x)[:, None], ((down - y) / half_y)[None])
    return np.clip(1.6 - 1.6 * far + 0.3, 0, 1)


def _blurred(picture: np.ndarray, across: float, down: float | None = None) -> np.ndarray:
    """By a normal curve of these standard deviations, pixels."""
    import cv2

    return cv2.GaussianBlur(picture, (0, 0), sigmaX=across if down is None else down, sigmaY=across)


def _scaled(noise: np.ndarray) -> np.ndarray:
    return noise / noise.std()


def _smooth(points: np.ndarray) -> np.ndarray:
    """A polyline rounded through its points, `(24, 2)`."""
    share = np.linspace(0, 1, len(points))
    return np.asarray(make_interp_spline(share, points, k=min(2, len(points) - 1))(np.linspace(0, 1, 24)))
