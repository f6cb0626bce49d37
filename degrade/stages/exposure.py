"""Exposure: a gain in linear light that wanders as automatic exposure hunts."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Drift, Params, Stage


class ExposureConfig(Stage):
    """Gain of a clip, wandering as automatic exposure hunts."""

    ev: Annotated[Range, within(-6.0, 4.0)] = Field((-0.8, 0.3), description="gain of a clip, in stops")
    drift_ev: Annotated[Range, within(0.0, 2.0)] = Field(
        (0.0, 0.25), description="how far the gain wanders about that within the clip, in stops"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> ExposureParams:
        """One clip's gain over time."""
        centre, reach = uniform(rng, self.ev), uniform(rng, self.drift_ev)
        return ExposureParams(
            exposure_ev=Drift.draw(rng, context.clip, centre * context.severity, reach * context.severity)
        )


class ExposureParams(Params):
    """The gain of one clip over time."""

    inline: ClassVar[bool] = True

    exposure_ev: Drift = Field(description="gain in stops over time")

    def gain(self, frame: int) -> float:
        """The factor in linear light at `frame`."""
        return 2.0 ** self.exposure_ev.at(frame)

    def words(self, name: str, clip: Clip) -> str:
        return f"{self.exposure_ev.words()} EV"

    def prepare(self, context: ApplyContext) -> Apply:
        return lambda linear, frame: linear * np.float32(self.gain(frame))
