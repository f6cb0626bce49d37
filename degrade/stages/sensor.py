"""The sensor: shot and read noise in linear light."""

from __future__ import annotations

import math
from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.filters.noise_tables import NORMAL_BITS, PIECE, look_up, normal_quantiles, words
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage


class SensorConfig(Stage):
    """Shot and read noise in linear light: variance = shot x + read at unit gain, both scaled by the exposure's drift.

    Read noise follows shot noise: ln read = 2.18 ln shot + 1.20 + N(0, `read_spread`) (Brooks et al., "Unprocessing
    Images for Learned Raw Denoising", CVPR 2019).
    """

    shot: Annotated[Range, within(1e-7, 0.1)] = Field(
        (1e-4, 0.012), description="shot noise: variance per linear value 1, drawn evenly in its logarithm"
    )
    read_spread: Annotated[float, Field(ge=0.0, le=2.0)] = Field(
        0.26, description="standard deviation of ln read noise about what shot noise lets expect"
    )
    grain_px: Annotated[Range, within(0.0, 3.0)] = Field(
        (0.0, 0.0), description="Gaussian blur of the noise as demosaicking does, sigma in pixels"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> SensorParams:
        """One clip's noise."""
        log_shot = uniform(rng, (math.log(self.shot[0]), math.log(self.shot[1])))
        log_read = 2.18 * log_shot + 1.20 + rng.normal(0.0, self.read_spread)
        shot, read = math.exp(log_shot) * context.severity**2, math.exp(log_read) * context.severity**2
        return SensorParams(shot=shot, read=read, grain_px=uniform(rng, self.grain_px))


class SensorParams(Params):
    """Variance in linear light = shot x + read at unit gain."""

    shot: float = Field(ge=0, description="variance per linear value 1")
    read: float = Field(ge=0, description="variance at black")
    grain_px: float = Field(default=0.0, ge=0, description="blur of the noise, sigma in pixels")

    def words(self, name: str, clip: Clip) -> str:
        return f"sensor shot {self.shot:.2g} read {self.read:.1g}"

    def prepare(self, context: ApplyContext) -> Apply:
        def apply(linear: np.ndarray, frame: int) -> np.ndarray:
            """Add N(0, shot gain x + read gain^2) to x."""
            clip, gain = context.clip, context.gain(frame)
            random = words(clip.seed, clip.key, "degrade.sensor", frame, linear.size, NORMAL_BITS)
            grain = look_up(normal_quantiles(), random, None).reshape(linear.shape)
            if self.grain_px > 0:
                grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), self.grain_px))
            shot, read = np.float32(self.shot * gain), np.float32(self.read * gain**2)
            noise, light, dark = grain.reshape(-1), linear.reshape(-1), np.zeros(PIECE, np.float32)
            for start in range(0, light.size, PIECE):
                here, piece = light[start : start + PIECE], noise[start : start + PIECE]
                spread = np.maximum(here, dark[: here.size])  # against a plain 0 numpy takes four times as long
                spread *= shot
                spread += read
                np.sqrt(spread, out=spread)
                piece *= spread
                piece += here
            return grain

        return apply
