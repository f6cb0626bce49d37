"""Time stamps as they come -> times that start at 0 and always rise."""

from __future__ import annotations

CLOCK_SET_PERIODS = 2.5
"""A fall by more than so many frames is a clock that was set anew: what follows is moved on."""


class RisingTimes:
    """Times of frames in the order in which they are shown: `next(stamp)` for each. Counts what it had to mend."""

    def __init__(self, fps: float):
        self.period_s = 1 / fps
        self.missing = self.repeated = self.fallen = self.set_anew = 0
        self._offset: float | None = None
        self._last: float | None = None

    def next(self, stamp_s: float | None) -> float:
        """A frame's stamp in seconds, None where it has none -> seconds after the first, more than the last.

        A missing stamp comes a period after the last frame; one that repeats or falls back by a little half a period
        after it, so that the next true stamp can hold again.
        """
        if stamp_s is None:
            self.missing += 1
            time = 0.0 if self._last is None else self._last + self.period_s
            if self._offset is None:
                self._offset = 0.0
        elif self._last is None or self._offset is None:
            self._offset = stamp_s
            time = 0.0
        else:
            time = stamp_s - self._offset
            if time < self._last - CLOCK_SET_PERIODS * self.period_s:
                self.set_anew += 1
                self._offset += time - (self._last + self.period_s)
                time = self._last + self.period_s
            elif time <= self._last:
                self.repeated += time == self._last
                self.fallen += time < self._last
                time = self._last + self.period_s / 2
        self._last = time
        return time

    def notes(self) -> list[str]:
        """What was mended, in words."""
        found = [
            (self.missing, "without a time stamp, placed a period after the last"),
            (self.repeated, "with the last one's time stamp, moved on by half a period"),
            (self.fallen, "whose time stamp falls back, moved on by half a period"),
            (self.set_anew, "at which the clock was set back, moved on"),
        ]
        return [f"{count} frame{'s' if count > 1 else ''} {what}" for count, what in found if count]
