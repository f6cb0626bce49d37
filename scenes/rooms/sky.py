"""The sky and the sun outside, in absolute units: where light comes from, how much, in which colour."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.colour import luminance, rgb_from_kelvin
from scenes.rooms.fittings import LUMENS_PER_WATT
from scenes.rooms.record import Daylight

ROWS = 128


@dataclass(frozen=True, eq=False)
class Sky:
    """`image`: `(ROWS, 2 ROWS, 3)` float32 radiance, equirectangular as `render.environment` has it (row 0 up);
    `sun_w`: the sun's irradiance on a surface that faces it, per channel; `toward_sun`: a unit vector."""

    image: np.ndarray
    sun_w: tuple[float, float, float]
    toward_sun: tuple[float, float, float]
    sun_size_rad: float


def make_sky(daylight: Daylight, rng: np.random.Generator) -> Sky:
    """The sky of a record. Illuminances of a clear and of an overcast sky and of the sun by its elevation, in lux, are
    the means that the CIE's Guide to daylight gives (clear 800 + 15,500 sqrt(sin h), overcast 300 + 21,000 sin h, sun
    130,000 exp(-0.2 / sin h)); their pattern is the CIE's standard general sky (ISO 15469), types 12 and 1."""
    h, azimuth = daylight.sun_elevation_rad, daylight.sun_azimuth_rad
    toward = np.array([math.sin(azimuth) * math.cos(h), math.cos(azimuth) * math.cos(h), math.sin(h)])
    theta = (np.arange(ROWS) + 0.5) / ROWS * np.pi
    phi = np.pi * (1 - (np.arange(2 * ROWS) + 0.5) / ROWS)
    t, p = np.meshgrid(theta, phi, indexing="ij")
    d = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], -1)
    up = np.clip(d[..., 2], 0.02, 1.0)
    gamma = np.arccos(np.clip(d @ toward, -1, 1))
    s = max(math.sin(h), 0.0)
    solid = np.sin(t) * (np.pi / ROWS) ** 2
    clear = _pattern(up, gamma, -1.0, -0.32, 10.0, -3.0, 0.45)
    dull = _pattern(up, gamma, 4.0, -0.70, 0.0, -1.0, 0.0)
    lux_clear, lux_dull = 800 + 15500 * math.sqrt(s), 300 + 21000 * s
    sun_lux = 130_000 * math.exp(-0.2 / max(s, 0.02)) if h > 0 else 0.0
    # blue above, paler towards the horizon; warm around a low sun
    blue = (
        rgb_from_kelvin(12500.0) * (1 - 0.55 * (1 - up) ** 3)[..., None]
        + rgb_from_kelvin(6800.0) * (0.55 * (1 - up) ** 3)[..., None]
    )
    warm = rgb_from_kelvin(_sun_kelvin(h))
    near = (np.exp(-3 * gamma) * math.exp(-max(h, 0) / 0.3))[..., None]
    blue = blue * (1 - near) + warm * near
    grey = np.broadcast_to(rgb_from_kelvin(6600.0), d.shape)
    if daylight.sky == "night":
        glow = np.exp(-4 * d[..., 2].clip(0))[..., None] * rgb_from_kelvin(2600.0) * 0.6 + 0.15 * rgb_from_kelvin(
            9000.0
        )
        image, sun_lux = _scaled(glow * (d[..., 2:] > 0), d, solid, 0.8), 0.0
    elif daylight.sky == "dusk":
        level = 600 * 10 ** (math.degrees(h) / 3.2)  # a tenth every 3 degrees below the horizon
        band = np.exp(-5 * d[..., 2].clip(0))[..., None] * (0.25 + np.exp(-1.2 * gamma))[..., None]
        colour = rgb_from_kelvin(12000.0) * (0.35 + 0.65 * up[..., None]) + 1.4 * band * rgb_from_kelvin(2700.0)
        image, sun_lux = _scaled(colour * (d[..., 2:] > 0), d, solid, max(level, 6.0)), 0.0
    elif daylight.sky == "overcast":
        soft = _clouds(d, rng)
        image, sun_lux = _scaled(grey * (dull * (0.8 + 0.4 * soft))[..., None], d, solid, lux_dull), 0.0
    else:
        share = 0.25 + 0.5 * daylight.haze if daylight.sky == "hazy" else rng.uniform(0.0, 0.3)
        cover = np.clip((_clouds(d, rng) - (1 - share)) / 0.25, 0, 1)[..., None]
        mix = blue * clear[..., None] * (1 - cover) + grey * (1.6 * clear.mean() + 0.35 * clear)[..., None] * cover
        image = _scaled(mix, d, solid, lux_clear * (1 + daylight.haze))
        sun_lux *= 1 - 0.7 * daylight.haze
    ground = d[..., 2] < 0
    image[ground] = image[~ground].mean(0) * 0.12
    gain = daylight.gain
    sun = rgb_from_kelvin(_sun_kelvin(h)) * sun_lux * gain / LUMENS_PER_WATT
    return Sky(
        (image * gain).astype(np.float32),
        (float(sun[0]), float(sun[1]), float(sun[2])),
        (float(toward[0]), float(toward[1]), float(toward[2])),
        math.radians(0.53 + 3.0 * daylight.haze),
    )


def _pattern(up: np.ndarray, gamma: np.ndarray, a: float, b: float, c: float, d: float, e: float) -> np.ndarray:
    """Luminance of the CIE general sky: (1 + a exp(b / cos Z)) (1 + c (exp(d g) - exp(d pi/2)) + e cos^2 g)."""
    return (1 + a * np.exp(b / up)) * (1 + c * (np.exp(d * gamma) - math.exp(d * np.pi / 2)) + e * np.cos(gamma) ** 2)


def _scaled(image: np.ndarray, d: np.ndarray, solid: np.ndarray, lux: float) -> np.ndarray:
    """The sky so bright that its upper half lights level ground with `lux`."""
    above = d[..., 2] > 0
    now = float((luminance(image) * np.clip(d[..., 2], 0, 1) * solid)[above].sum())
    return image * (lux / LUMENS_PER_WATT / max(now, 1e-9))


def _sun_kelvin(elevation_rad: float) -> float:
    """Colour temperature of the sun's direct light: 2,000 K on the horizon, about 5,500 K from 40 degrees."""
    return 2000.0 + 3600.0 * (1 - math.exp(-max(math.degrees(elevation_rad), 0.0) / 12.0))


def _clouds(d: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Clouds, 0 to 1, as waves over the flattened dome."""
    x, y = (d[..., i] / (np.abs(d[..., 2]) + 0.25) for i in (0, 1))
    total = np.zeros(d.shape[:2])
    for octave in range(5):
        k = 1.6 * 2**octave
        for _ in range(4):
            a, phase = rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
            total += np.sin(k * (np.cos(a) * x + np.sin(a) * y) + phase + 0.6 * np.sin(k * 0.7 * y)) / 1.7**octave
    rank = total.ravel().argsort().argsort().reshape(total.shape)
    return rank / rank.max()
