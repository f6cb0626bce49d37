"""What windows look out on by day: a photographed place under the room's own sky, lit as that sky and sun light it."""

from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np

from core.colour import luminance
from scenes.rooms.photographs import place, skyline
from scenes.rooms.record import Daylight
from scenes.rooms.sky import Sky

_ROWS = 512
_ALBEDO = 0.15
"""Mean reflectance of streets, houses and gardens."""
_COLOURFUL = 0.8
_MOST = 5.0
"""No part of them is brighter than so many times the mean: what shone by itself in the photograph does not here."""


def photographed_outside(sky: Sky, daylight: Daylight) -> Sky:
    """The sky with the land of `daylight.place` below its skyline, `(512, 1024, 3)`.

    The photograph gives reflectances alone: its land is scaled to a mean of 0.15 and lit by the illuminance that level
    ground has under this sky and sun. A sun behind the skyline is gone.
    """
    land, mask = place(daylight.place), skyline(daylight.place)
    turn = round(daylight.place_turn_rad / (2 * math.pi) * land.shape[1])
    land, mask = np.roll(land, turn, axis=1), np.roll(mask, turn, axis=1)
    reflectance = _reflectance(land, mask)
    image, clear = (_enlarged(each) for each in (sky.image, mask))
    image = np.maximum(image, 0.0)
    # below the horizon a sky's image holds its own ground
    theta = (np.arange(_ROWS) + 0.5) / _ROWS * np.pi
    lowest = image[_ROWS // 2 - 2]
    image = np.where((theta > np.pi / 2 - 0.01)[:, None, None], lowest[None], image)
    ground = level_light(sky) / np.pi * np.maximum(_enlarged(reflectance), 0.0)
    share = np.clip(clear, 0, 1)[..., None]
    row = min(mask.shape[0] - 1, int(math.acos(sky.toward_sun[2]) / math.pi * mask.shape[0]))
    column = int((0.5 - math.atan2(sky.toward_sun[1], sky.toward_sun[0]) / (2 * math.pi)) * mask.shape[1])
    seen = mask[row, column % mask.shape[1]] > 0.5
    return dataclasses.replace(
        sky,
        image=(share * image + (1 - share) * ground).astype(np.float32),
        sun_w=sky.sun_w if seen else (0.0, 0.0, 0.0),
    )


def level_light(sky: Sky) -> np.ndarray:
    """`(3,)` irradiance of level ground under the whole sky and its sun, in the units of the sky's radiance."""
    rows = sky.image.shape[0]
    theta = (np.arange(rows) + 0.5) / rows * np.pi
    weight = np.clip(np.cos(theta), 0, None) * np.sin(theta) * (np.pi / rows) ** 2
    light: np.ndarray = (sky.image * weight[:, None, None]).sum((0, 1))
    return light + np.array(sky.sun_w) * max(sky.toward_sun[2], 0.0)


def _reflectance(land: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`(256, 512, 3)`, about 0.15 on average near the horizon; the tint of the photograph's own hour half taken out."""
    rows = land.shape[0]
    near = np.zeros(mask.shape, bool)
    near[rows * 3 // 8 : rows * 5 // 8] = True
    near &= mask < 0.1
    capped = np.minimum(land, 8 * float(np.median(luminance(land)[near])))
    mean = capped[near].mean(0)
    level = float(luminance(mean))
    balanced = capped * (level / np.maximum(mean, 1e-6)) ** 0.35
    # photographs are printed more colourful than things are
    grey = luminance(balanced)[..., None]
    balanced = grey + _COLOURFUL * (balanced - grey)
    bright = luminance(balanced)[..., None] * (_ALBEDO / level)
    # what is brighter than most comes down softly
    return balanced * (_ALBEDO / level) * (1 / (1 + bright / (_MOST * _ALBEDO)))


def _enlarged(image: np.ndarray) -> np.ndarray:
    wide = np.pad(image, ((0, 0), (8, 8), *((0, 0) for _ in image.shape[2:])), mode="wrap")
    scale = _ROWS // image.shape[0]
    size = (wide.shape[1] * scale, _ROWS)
    large: np.ndarray = cv2.resize(wide.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return large[:, 8 * scale : -8 * scale]
