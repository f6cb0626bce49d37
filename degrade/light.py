"""In linear light: lens (motion blur, defocus, lateral colour), exposure, white balance, mains banding, sensor
noise.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import cv2
import numpy as np

from core.colour import linear_from_srgb, quantise, srgb_from_linear
from degrade.noise import NORMAL_BITS, look_up, normal_quantiles, words
from degrade.params import DegradeParams
from degrade.passes import BlurStage

_FLOW_WIDTH = 320
_MOTION_STEPS = 7


@functools.cache
def _linear_of_level(bits: int) -> np.ndarray:
    top = (1 << bits) - 1
    return linear_from_srgb(np.arange(top + 1, dtype=np.float32) / np.float32(top))


@functools.cache
def _level_of_linear() -> np.ndarray:
    """sRGB level, uint8, of each of 65,536 linear values; the smallest level step is 20 of them wide."""
    return quantise(srgb_from_linear(np.arange(65536, dtype=np.float32) / np.float32(65535)))


def to_linear(picture: np.ndarray) -> np.ndarray:
    """sRGB uint8, or uint16 with 10-bit levels -> linear float32 `[0, 1]`."""
    return _linear_of_level(8 if picture.dtype == np.uint8 else 10)[picture]


def to_srgb8(linear: np.ndarray) -> np.ndarray:
    """Linear float32 -> sRGB uint8, rounded to nearest, clipped."""
    return _level_of_linear()[np.clip(linear * np.float32(65535) + np.float32(0.5), 0, 65535).astype(np.uint16)]


class LightStage:
    """All linear-light stages of one clip. `source(t)` gives the clean BGR picture t, uint8 or uint16 (10-bit)."""

    def __init__(self, params: DegradeParams, source: Callable[[int], np.ndarray]):
        self.params, self.source = params, source
        optics = params.optics
        self.defocus = None if optics is None or optics.defocus is None else BlurStage(optics.defocus)

    def apply(self, frame: int) -> np.ndarray:
        """Frame number -> `(H, W, 3)` uint8 sRGB BGR as the sensor's raw pipeline hands it to the image processor."""
        linear = to_linear(self.source(frame))
        optics, light, sensor = self.params.optics, self.params.light, self.params.sensor
        if optics is not None:
            if optics.shutter:
                linear = self._motion_blur(linear, frame, optics.shutter)
            if self.defocus is not None:
                linear = self.defocus.apply(linear, frame)
            if optics.aberration_px:
                linear = aberrate(linear, optics.aberration_px)
        if light is not None and light.banding is not None:
            linear = linear * banding_gain(light.banding, frame / self.params.fps, linear.shape[0])[:, None, None]
        gain = 1.0 if light is None or light.exposure_ev is None else 2.0 ** light.exposure_ev.at(frame)
        linear = linear * np.float32(gain)
        if sensor is not None:
            linear = self._sensor_noise(linear, frame, gain)
        if light is not None and light.red_ev is not None:
            balance = np.array([2.0 ** light.blue_ev.at(frame), 1.0, 2.0 ** light.red_ev.at(frame)], np.float32)
            linear = linear * balance
        return to_srgb8(linear)

    def _motion_blur(self, linear: np.ndarray, frame: int, shutter: float) -> np.ndarray:
        """Mean along the motion through this frame, from -shutter/2 to +shutter/2 of a frame, so that nothing
        shifts.
        """
        here = _flow_picture(self.source(frame))
        last = self.params.frames - 1
        before = None if frame == 0 else _flow(here, _flow_picture(self.source(frame - 1)))
        after = None if frame == last else _flow(here, _flow_picture(self.source(frame + 1)))
        if before is None and after is None:
            return linear
        ahead = after if before is None else -before if after is None else (after - before) / 2
        height, width = linear.shape[:2]
        motion = cv2.resize(ahead, (width, height), interpolation=cv2.INTER_LINEAR) * np.float32(width / here.shape[1])
        grid_x, grid_y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        total = np.zeros_like(linear)
        for step in np.linspace(-shutter / 2, shutter / 2, _MOTION_STEPS, dtype=np.float32):
            total += cv2.remap(
                linear,
                grid_x + step * motion[..., 0],
                grid_y + step * motion[..., 1],
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
        return total / np.float32(_MOTION_STEPS)

    def _sensor_noise(self, linear: np.ndarray, frame: int, gain: float) -> np.ndarray:
        """Add N(0, shot gain x + read gain^2) to x in linear light."""
        sensor = self.params.sensor
        random = words(self.params.seed, self.params.key, "degrade.sensor", frame, linear.size, NORMAL_BITS)
        grain = look_up(normal_quantiles(), random, None).reshape(linear.shape)
        if sensor.grain_px > 0:
            grain = cv2.GaussianBlur(grain, (0, 0), sensor.grain_px)
        variance = np.maximum(linear, 0) * np.float32(sensor.shot * gain) + np.float32(sensor.read * gain**2)
        return linear + np.sqrt(variance) * grain


def aberrate(picture: np.ndarray, corner_px: float) -> np.ndarray:
    """BGR float32: red magnified and blue shrunk about the middle by `corner_px` at the corner; green stays."""
    height, width = picture.shape[:2]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    channels = list(cv2.split(picture))
    for index, sign in ((2, 1), (0, -1)):
        scale = 1 / (1 + sign * corner_px / math.hypot(middle_x, middle_y))
        there = np.array([[scale, 0, middle_x * (1 - scale)], [0, scale, middle_y * (1 - scale)]])
        channels[index] = cv2.warpAffine(
            channels[index],
            there,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return cv2.merge(channels)


def banding_gain(banding, time_s: float, rows: int) -> np.ndarray:
    """`(rows,)` float32 gains of a rolling shutter at `time_s`: row y is exposed `readout_s` y / rows later than
    row 0.
    """
    exposed_s = time_s + np.arange(rows) / rows * banding.readout_s
    return (1 + banding.depth * np.cos(2 * math.pi * banding.flicker_hz * exposed_s + banding.phase_rad)).astype(
        np.float32
    )


def _flow_picture(picture: np.ndarray) -> np.ndarray:
    """A small grey uint8 picture to find motion in."""
    small = cv2.resize(
        picture,
        (_FLOW_WIDTH, max(16, round(_FLOW_WIDTH * picture.shape[0] / picture.shape[1]))),
        interpolation=cv2.INTER_AREA,
    )
    if small.dtype == np.uint16:
        small = (small >> 2).astype(np.uint8)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)


def _flow(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Motion `(h, w, 2)` in pixels from a to b, by dense inverse search."""
    return cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(a, b, None)
