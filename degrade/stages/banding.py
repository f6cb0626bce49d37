"""Banding: the flicker of lamps on the mains, seen through a rolling shutter."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from core.ranges import Range, Share, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Shares, Stage


class MainsShares(Shares):
    """How likely lamps hang on 50 Hz or 60 Hz mains."""

    hz50: Share = Field(0.0, description="probability of 50 Hz")
    hz60: Share = Field(0.0, description="probability of 60 Hz")


class BandingConfig(Stage):
    """Flicker of lamps on the mains, seen through a rolling shutter."""

    mains: MainsShares = Field(MainsShares(hz50=0.5, hz60=0.5), description="the mains' frequency, drawn per clip")
    depth: Annotated[Range, within(0.0, 1.0)] = Field(
        (0.03, 0.25), description="the lamp's own modulation at twice the mains, as a share of its light"
    )
    exposure_s: Annotated[Range, within(0.0001, 0.1)] = Field(
        (0.002, 0.012), description="exposure time in seconds, over which the flicker averages"
    )
    readout_s: Annotated[Range, within(0.0, 0.1)] = Field(
        (0.01, 0.03), description="time from the first row's readout to the last one's, in seconds"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> BandingParams:
        """One clip's flicker."""
        flicker_hz = 2.0 * {"hz50": 50.0, "hz60": 60.0}[self.mains.choose(rng)]
        depth, exposure_s = uniform(rng, self.depth), uniform(rng, self.exposure_s)
        averaged = depth * abs(float(np.sinc(flicker_hz * exposure_s)))
        readout_s, phase_rad = uniform(rng, self.readout_s), rng.uniform(0.0, 2 * math.pi)
        depth = averaged * context.severity
        return BandingParams(flicker_hz=flicker_hz, depth=depth, phase_rad=phase_rad, readout_s=readout_s)


class BandingParams(Params):
    """The bands of one clip."""

    flicker_hz: float = Field(description="twice the mains")
    depth: float = Field(description="relative, after the exposure time's averaging")
    phase_rad: float = Field(description="of row 0 at time 0")
    readout_s: float = Field(description="time from the first row to the last")

    def words(self, name: str, clip: Clip) -> str:
        return f"banding {self.depth:.2f}"

    def prepare(self, context: ApplyContext) -> Apply:
        clip = context.clip
        return lambda linear, frame: linear * self.gains(frame / clip.fps, linear.shape[0])[:, None, None]

    def gains(self, time_s: float, rows: int) -> np.ndarray:
        """`(rows,)` float32 at `time_s`: row y is exposed `readout_s` y / rows later than row 0."""
        exposed_s = time_s + np.arange(rows) / rows * self.readout_s
        return (1 + self.depth * np.cos(2 * math.pi * self.flicker_hz * exposed_s + self.phase_rad)).astype(np.float32)
