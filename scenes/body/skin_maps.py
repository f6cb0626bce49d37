"""What photographs know of skin: lips, lids, folds and wrinkles from MakeHuman's CC0 skins, mixed for each person.

A map says how much each place of the body differs from the tone of its cheeks and forehead, so any tone can wear any
map.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from core.colour import linear_from_srgb, srgb_from_linear
from core.ranges import uniform, unlerp
from scenes.body.detail import paint_moles
from scenes.people_config import SkinConfig
from scenes.person_record import Mole, SkinMap

FOLDER = Path(__file__).parents[1] / "skins"
AGES = {"young": 24.0, "middleage": 48.0, "old": 74.0}  # years that a map shows
LARGEST = 2.0  # the ratio that white stands for in the mixed picture
_SHADE = np.array([0.22, 0.32, 0.34], np.float32)  # how a fold's inside darkens, natural logarithm
_MOLE = np.array([0.9, 1.5, 1.7], np.float32)  # how dark the darkest mole is, the same
_EVEN = (slice(285, 313), slice(443, 466)), (slice(211, 239), slice(443, 466)), (slice(244, 286), slice(396, 414))
# Both cheeks and the forehead, in pixels of the maps: what sets the tone.


def draw_maps(
    config: SkinConfig, years: float, female: bool, monk: float, rng: np.random.Generator
) -> tuple[SkinMap, ...]:
    """Two maps that go with age, sex and tone; weights add to 1."""
    sex = "female" if female else "male"
    names = [path.stem for path in sorted(FOLDER.glob("*.webp")) if sex in path.stem.split("_")]
    light = float(np.clip(unlerp(config.map_light_monk, monk), 0, 1))
    weights = []
    for name in names:
        age, origin = name.split("_")[:2]
        # Never quite none, so that there are two to choose.
        near = np.exp(-(((years - AGES[age]) / config.map_years) ** 2)) + 1e-4
        weights.append(near * (1.0 - light + 0.02 if origin == "african" else light + 0.02))
    chance = np.array(weights) / sum(weights)
    first, second = rng.choice(len(names), 2, replace=False, p=chance)
    share = uniform(rng, config.map_share)
    return SkinMap(names[first], round(share, 3)), SkinMap(names[second], round(1 - share, 3))


def paint_maps(
    maps: tuple[SkinMap, ...], wrinkles: np.ndarray, moles: tuple[Mole, ...] = (), uneven: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Colour `(N, N, 3)` uint8, sRGB of ratio / `LARGEST`, and relief `(N, N)` uint8, 158 is flat. `wrinkles`: `(N, N)`
    depth in [0, 1], see `scenes.body.wrinkles`; `uneven`: `(N, N, 3)` natural logarithm of the fine colour put to it.

    The relief is the fine part of the mixed map's brightness (folds and pores are dark because they are deep), less
    the wrinkles, which shade the colour a little too.
    """
    import cv2

    mixed = sum(weight * np.log(_ratio(name)) for name, weight in maps)
    height = mixed @ np.array([0.3, 0.6, 0.1], np.float32)
    fine = np.clip(height - cv2.GaussianBlur(height, (0, 0), 3.0), -0.2, 0.2)
    fine, mixed = (cv2.resize(some, wrinkles.shape[::-1], interpolation=cv2.INTER_CUBIC) for some in (fine, mixed))
    mixed = mixed - wrinkles[..., None] * _SHADE
    if uneven is not None:
        mixed = mixed + uneven
    if moles:
        mixed = mixed - paint_moles(moles, len(wrinkles))[..., None] * _MOLE
    color = srgb_from_linear(np.exp(mixed).clip(0, LARGEST) / LARGEST)
    relief = np.clip(158 + 180 * fine - 100 * wrinkles, 0, 255)
    return (color * 255 + 0.5).astype(np.uint8), relief.astype(np.uint8)


@functools.lru_cache(maxsize=4)
def _ratio(name: str) -> np.ndarray:
    import cv2

    path = FOLDER / f"{name}.webp"
    srgb = cv2.imread(str(path))[..., ::-1].astype(np.float32) / 255
    linear = np.maximum(linear_from_srgb(srgb), 0.004)
    even = np.concatenate([linear[place].reshape(-1, 3) for place in _EVEN])
    return np.clip(linear / np.median(even, 0), 0.12, LARGEST).astype(np.float32)
