"""White balance: gains of red and blue against green that wander."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Drift, Params, Stage


class WhiteBalanceConfig(Stage):
    """Gains of red and blue against green."""

    red_ev: Annotated[Range, within(-2.0, 2.0)] = Field((-0.2, 0.25), description="gain of red, in stops")
    blue_ev: Annotated[Range, within(-2.0, 2.0)] = Field((-0.25, 0.2), description="gain of blue, in stops")
    drift_ev: Annotated[Range, within(0.0, 1.0)] = Field(
        (0.0, 0.06), description="how far both wander within the clip, in stops"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> WhiteBalanceParams:
        """One clip's balance over time."""
        centres, reach = (uniform(rng, self.red_ev), uniform(rng, self.blue_ev)), uniform(rng, self.drift_ev)
        s = context.severity
        red, blue = (Drift.draw(rng, context.clip, centre * s, reach * s) for centre in centres)
        return WhiteBalanceParams(red_ev=red, blue_ev=blue)


class WhiteBalanceParams(Params):
    """The balance of one clip over time."""

    inline: ClassVar[bool] = True

    red_ev: Drift = Field(description="gain of red in stops over time")
    blue_ev: Drift = Field(description="gain of blue in stops over time")

    def words(self, name: str, clip: Clip) -> str:
        return f"red {self.red_ev.words()} blue {self.blue_ev.words()} EV"

    def prepare(self, context: ApplyContext) -> Apply:
        def apply(linear: np.ndarray, frame: int) -> np.ndarray:
            """A whole row at once: numpy is slow along three channels."""
            height, width = linear.shape[:2]
            gains = np.array([2.0 ** self.blue_ev.at(frame), 1.0, 2.0 ** self.red_ev.at(frame)], np.float32)
            return (linear.reshape(height, -1) * np.tile(gains, width)).reshape(linear.shape)

        return apply
