"""When a silent process is a hung one: judged by its own pace, or before its first frame by that of other clips."""

from __future__ import annotations

import math
from typing import Any

TIMES = 10.0
"""A process may be silent for so many times the longest silence that it came back from."""


class Pace:
    """Follows the progress lines of one process; all times in seconds of one clock.

    `least_s`: a silence of less is never taken for a hang; 0: none ever is. `first_s`: how long others took to their
    first frame, 0 where nobody knows.
    """

    def __init__(self, started: float, least_s: float, first_s: float = 0.0):
        self.started, self.least_s, self.others_first_s = started, least_s, first_s
        self.last, self.longest, self.lines, self.over = started, 0.0, 0, False
        self.first_s = 0.0
        """From the start to the first frame, once it is there."""

    def told(self, now: float, said: dict[str, Any]) -> None:
        """A progress line has come; the first one only says where the process begins."""
        self.lines += 1
        if self.lines > 1:
            self.longest = max(self.longest, now - self.last)
            self.first_s = self.first_s or now - self.started
        self.last, self.over = now, said["done"] >= said["total"]

    def allowed_s(self) -> float:
        """How long the process may be silent now."""
        if not self.least_s:
            return math.inf
        if self.over:  # what is left, coding and writing, takes less than the frames did
            return max(self.least_s, self.last - self.started)
        if self.lines > 1:
            return max(self.least_s, TIMES * self.longest)
        return max(self.least_s, TIMES * self.others_first_s) if self.others_first_s else math.inf

    def is_hung(self, now: float) -> bool:
        """Whether it has been silent for too long."""
        return now - self.last > self.allowed_s()
