"""Light that changes over a clip: what a room's lights do in each frame and row, and how the camera follows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

Gain = tuple[float, float, float]


@dataclass(frozen=True)
class Flicker:
    """A lamp on the mains, seen by a rolling shutter: rows are read one after the other, and each catches the lamp at
    another moment. `hertz`: twice the mains'; `depth`: share of its light, as exposed; `readout_s`: from the first row
    to the last."""

    hertz: float
    depth: float
    phase_rad: float
    readout_s: float

    def gains(self, frame: int, fps: float, rows: int) -> np.ndarray:
        """`(rows,)` float32: the lamp's light in each row of a frame; its mean over time is 1."""
        moment = frame / fps + np.arange(rows) / rows * self.readout_s
        return (1 + self.depth * np.cos(2 * np.pi * self.hertz * moment + self.phase_rad)).astype(np.float32)


@dataclass(frozen=True)
class LightCourse:
    """What some of a room's lights do together. `lights`: names of its layers; `why`: what is the matter; `gain`: of
    each frame, linear RGB, where 1 is how the room's panorama has them; a single one holds for the whole clip."""

    lights: tuple[str, ...]
    why: str
    gain: tuple[Gain, ...]
    flicker: Flicker | None = None

    def gain_at(self, frame: int) -> np.ndarray:
        """`(3,)` float32."""
        return np.array(self.gain[min(frame, len(self.gain) - 1)], np.float32)


@dataclass(frozen=True)
class OverTime:
    """A room whose light changes. `on`: the layers that are lit; those in no course stay as the panorama has them.
    `white_balance`: the panorama's own. The camera follows `delay_s` late, with these time constants, and lets its
    exposure be while it is less than `dead_band_ev` off."""

    on: tuple[str, ...]
    courses: tuple[LightCourse, ...]
    white_balance: Gain
    delay_s: float
    exposure_s: float
    white_s: float
    dead_band_ev: float

    @property
    def steady(self) -> tuple[str, ...]:
        """Layers that are lit and in no course."""
        moved = {name for course in self.courses for name in course.lights}
        return tuple(name for name in self.on if name not in moved)

    @property
    def parts(self) -> int:
        """Pictures of the room that a clip's source is added up from."""
        return len(self.courses) + bool(self.steady)


def followed(wanted: np.ndarray, fps: float, delay_s: float, lag_s: float, dead_band: float = 0.0) -> np.ndarray:
    """What a camera's control loop makes of what it should do: `wanted` `(T,)` or `(T, C)`, e.g. stops -> the same.

    It starts settled, sees what was `delay_s` ago, and goes a share 1 - exp(-1 / (fps lag_s)) of the way a frame; it
    does not begin to move while it is less than `dead_band` off, and then stops at a fourth of that.
    """
    out = np.empty_like(wanted, dtype=np.float64)
    late, share = round(delay_s * fps), 1 - np.exp(-1 / max(fps * lag_s, 1e-6))
    now, moving = np.array(wanted[0], np.float64), False
    for frame in range(len(wanted)):
        off = wanted[max(0, frame - late)] - now
        size = float(np.abs(off).max())
        moving = size > (dead_band / 4 if moving else dead_band)
        if moving:
            now = now + share * off
        out[frame] = now
    return out


def layers_of(room: Path) -> Path:
    """Where the lights of a room of ours are, each a layer; beside other HDRIs there is no such file."""
    return room.parent / "layers" / f"{room.stem}.exr"
