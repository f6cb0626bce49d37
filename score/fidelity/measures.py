"""How near one video is to another: RMSE, PSNR, SSIM, CIEDE2000, flicker and jitter, one frame in memory at a time.

A `Meter` takes sRGB frames, uint8 `(H, W, 3)`, with an optional mask, bool `(H, W)`, that limits it to the subject.
Frames whose mask is empty are left out; a mask that is empty throughout is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

from core import levels
from core.colour import linear_from_srgb
from core.errors import InputError

SSIM_WINDOW = 11
SSIM_SIGMA = 1.5
SSIM_C1 = (0.01 * 255) ** 2
SSIM_C2 = (0.03 * 255) ** 2
CHALLENGE_SCALE = 128.0

_LINEAR_OF_LEVEL = linear_from_srgb(np.arange(256, dtype=np.float32) / 255)
# linear Rec.709 -> XYZ (IEC 61966-2-1), rows divided by the white point, which is what (1, 1, 1) maps to
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_RELATIVE_XYZ = (_XYZ / _XYZ.sum(axis=1, keepdims=True)).T
_SSIM_KERNEL = cv2.getGaussianKernel(SSIM_WINDOW, SSIM_SIGMA, cv2.CV_32F)


class Meter:
    """Measures of a video that arrives frame by frame: `add` each pair of frames, then `result()`."""

    def __init__(self, measures: Iterable[str] | None = None):
        self.measures = tuple(MEASURES if measures is None else measures)
        unknown = [name for name in self.measures if name not in MEASURES]
        if unknown:
            raise InputError(f"measure {unknown[0]!r} is not known; choose from {', '.join(MEASURES)}")
        self.frames = 0
        self._gathered: dict[str, list[Any]] = {MEASURES[name].needs: [] for name in self.measures}
        self._last: tuple[np.ndarray, np.ndarray | None, np.ndarray] | None = None

    def add(self, a: np.ndarray, b: np.ndarray, inside: np.ndarray | None = None) -> None:
        """One frame: `a`, `b` uint8 `(H, W, 3)`, `inside` bool `(H, W)` or None."""
        self.frames += 1
        if inside is not None and not inside.any():
            self._last = None
            return
        for need, values in self._gathered.items():
            if need in OF_A_FRAME:
                values.append(OF_A_FRAME[need](a, b, inside))
        if not {"jump", "change"} & set(self._gathered):
            return
        difference = a.astype(np.int16) - b
        mean = _pixel_mean(difference, inside)
        if self._last is not None:
            before, inside_before, mean_before = self._last
            if "jump" in self._gathered:
                self._gathered["jump"].append(float(((mean - mean_before) ** 2).mean()))
            both = inside if inside is None or inside_before is None else inside & inside_before
            if "change" in self._gathered and (both is None or both.any()):
                self._gathered["change"].append(float(_pixel_mean(np.abs(difference - before), both).mean()))
        self._last = (difference, inside, mean)

    def result(self) -> dict[str, float]:
        """The measures asked for, in their order. Raises InputError when no frame counted, or too few for flicker."""
        return {name: MEASURES[name].value(self._gathered[MEASURES[name].needs]) for name in self.measures}


def psnr_of(mean_squared_error: float) -> float:
    """10 log10(255^2 / error) in dB; infinite for no error."""
    return math.inf if mean_squared_error == 0 else 10 * math.log10(255.0**2 / mean_squared_error)


def squared_error(a: np.ndarray, b: np.ndarray, inside: np.ndarray | None = None) -> float:
    """Mean squared difference over pixels and channels of one frame, levels squared."""
    difference = a.astype(np.int32) - b
    return float(_pixel_mean(difference * difference, inside).mean())


def ssim_frame(a: np.ndarray, b: np.ndarray, inside: np.ndarray | None = None) -> float:
    """Structural similarity of one frame, range [-1, 1], mean over channels and pixels (Wang et al. 2004). NaN where
    the mask has no pixel outside the border.

    Gaussian window 11x11, sigma 1.5, K1 = 0.01, K2 = 0.03, on each of R, G, B; only windows wholly inside the frame
    count, so a border of 5 pixels is left out. Frames need at least 11x11 pixels.
    """
    if min(a.shape[:2]) < SSIM_WINDOW:
        raise InputError(f"SSIM needs frames of at least 11x11 pixels, got {a.shape[1]}x{a.shape[0]}")
    edge = SSIM_WINDOW // 2

    def blur(image: np.ndarray) -> np.ndarray:
        return cv2.sepFilter2D(image, cv2.CV_32F, _SSIM_KERNEL, _SSIM_KERNEL)[edge:-edge, edge:-edge]

    # variances about 128 rather than 0: float32 would lose digits in E[x^2] - E[x]^2 of bright frames
    x, y = a.astype(np.float32) - 128, b.astype(np.float32) - 128
    off_x, off_y = blur(x), blur(y)
    variance = blur(x * x) - off_x * off_x + blur(y * y) - off_y * off_y
    covariance = blur(x * y) - off_x * off_y
    mean_x, mean_y = off_x + 128, off_y + 128
    same_mean = (2 * mean_x * mean_y + SSIM_C1) / (mean_x * mean_x + mean_y * mean_y + SSIM_C1)
    values = same_mean * (2 * covariance + SSIM_C2) / (variance + SSIM_C2)
    cropped = None if inside is None else inside[edge:-edge, edge:-edge]
    if cropped is not None and not cropped.any():
        return math.nan
    return float(_pixel_mean(values, cropped).mean())


def ciede2000_frame(a: np.ndarray, b: np.ndarray, inside: np.ndarray | None = None) -> float:
    """Mean colour difference dE00 over the pixels of one frame (CIE 142-2001 as in Sharma, Wu and Dalal 2005), D65."""
    if inside is not None:
        a, b = a[inside], b[inside]
    return float(delta_e2000(lab_from_srgb8(a), lab_from_srgb8(b)).mean(dtype=np.float64))


def lab_from_srgb8(srgb8: np.ndarray) -> np.ndarray:
    """uint8 sRGB `(..., 3)` -> CIE L*a*b* `(..., 3)` float32 under the white of sRGB (D65): greys have a* = b* = 0."""
    relative = _LINEAR_OF_LEVEL[srgb8] @ _RELATIVE_XYZ.astype(np.float32)
    cube = (6 / 29) ** 3
    f = np.where(relative > cube, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def delta_e2000(lab_1: np.ndarray, lab_2: np.ndarray) -> np.ndarray:
    """dE00 of L*a*b* values `(..., 3)` -> `(...)` (Sharma, Wu and Dalal 2005, equations 2-22, all k = 1)."""
    l1, a1, b1 = np.moveaxis(lab_1, -1, 0)
    l2, a2, b2 = np.moveaxis(lab_2, -1, 0)
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(c7 / (c7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.arctan2(b1, a1) % (2 * np.pi), np.arctan2(b2, a2) % (2 * np.pi)
    coloured = c1 * c2 > 0
    # the shorter way round the hue circle
    dh = np.where(coloured, (h2 - h1 + np.pi) % (2 * np.pi) - np.pi, 0)
    dl, dc, dhh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(dh / 2)
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2
    # opposite hues (pi apart up to rounding) take the plain mean, as the published data do
    h = np.where(np.abs(h1 - h2) <= np.pi + 1e-9, (h1 + h2) / 2, (h1 + h2 + 2 * np.pi) / 2)
    h = np.where(coloured, h, h1 + h2)
    t = 1 - 0.17 * np.cos(h - np.pi / 6) + 0.24 * np.cos(2 * h)
    t += 0.32 * np.cos(3 * h + np.deg2rad(6)) - 0.20 * np.cos(4 * h - np.deg2rad(63))
    turn = np.deg2rad(60) * np.exp(-(((np.rad2deg(h) % 360 - 275) / 25) ** 2))
    c7 = c**7
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    r_t = -np.sin(turn) * 2 * np.sqrt(c7 / (c7 + 25.0**7))
    x, y, z = dl / s_l, dc / s_c, dhh / s_h
    return np.sqrt(np.maximum(x * x + y * y + z * z + r_t * y * z, 0))


def inside_of(mask: np.ndarray) -> np.ndarray:
    """bool of a mask that is bool already, or uint8 where 128 and above is the subject."""
    return mask if mask.dtype == np.bool_ else levels.inside(mask)


def _pixel_mean(values: np.ndarray, inside: np.ndarray | None) -> np.ndarray:
    """Mean over pixels, `(..., C)` -> `(C,)` float64."""
    kept = values.reshape(-1, values.shape[-1]) if inside is None else values[inside]
    return kept.mean(axis=0, dtype=np.float64)


def _kept(values: Iterable[float]) -> Iterator[float]:
    return (value for value in values if not math.isnan(value))


def _mean(values: Iterable[float], needed: str = "at least one frame with the subject in it") -> float:
    collected = list(values)
    if not collected:
        raise InputError(f"nothing to measure: {needed} is needed")
    return float(np.mean(collected))


@dataclass(frozen=True)
class Measure:
    """One measure. `needs`: what has to be gathered of a video for it; `value`: the computation from what was gathered;
    `better`: whether a video nearer to its target has a higher or a lower value."""

    name: str
    needs: str
    value: Callable[..., float]
    unit: str
    better: Literal["higher", "lower"]


# What a `Meter` gathers: of each frame; and of two frames in a row `jump`, by how much more a's mean changes than b's
# (mean square over channels), and `change`, the mean over pixels of |(a_t+1 - a_t) - (b_t+1 - b_t)|: motion that both
# share cancels, and a pixel counts when it is in the mask of both frames.
OF_A_FRAME: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray | None], float]] = {
    "squared_error": squared_error,
    "ssim_frame": ssim_frame,
    "ciede2000_frame": ciede2000_frame,
}
TWO_FRAMES = "two frames in a row"
MEASURES = {
    measure.name: measure
    for measure in (
        # the root of each frame, then the mean over frames, as the challenge
        Measure("rmse", "squared_error", lambda errors: _mean(map(math.sqrt, errors)), "levels 0-255", "lower"),
        Measure(
            "rmse_challenge",
            "squared_error",
            lambda errors: _mean(map(math.sqrt, errors)) / CHALLENGE_SCALE,
            "(x - 128) / 128",
            "lower",
        ),
        # errors are averaged before the logarithm: a frame that happens to be equal would make the mean infinite
        Measure("psnr", "squared_error", lambda errors: psnr_of(_mean(errors)), "dB", "higher"),
        Measure("ssim", "ssim_frame", lambda values: _mean(_kept(values)), "-1 to 1", "higher"),
        Measure("ciede2000", "ciede2000_frame", lambda values: _mean(values), "dE00", "lower"),
        Measure("flicker", "jump", lambda jumps: math.sqrt(_mean(jumps, TWO_FRAMES)), "levels 0-255", "lower"),
        Measure("jitter", "change", lambda changes: _mean(changes, TWO_FRAMES), "levels 0-255", "lower"),
    )
}
