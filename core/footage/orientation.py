"""The eight ways in which a picture can lie in a file (display matrix, EXIF), and how it is set upright."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import av
import numpy as np
from av.sidedata.sidedata import Type


@dataclass(frozen=True)
class Orientation:
    """Lines and columns change places first, then columns are turned over, then lines."""

    swapped: bool = False
    columns_turned: bool = False
    lines_turned: bool = False

    def upright(self, picture: np.ndarray) -> np.ndarray:
        """`(H, W, ...)` as it lies -> as it is to be shown; a view."""
        if self.swapped:
            picture = picture.swapaxes(0, 1)
        return picture[:: -1 if self.lines_turned else 1, :: -1 if self.columns_turned else 1]

    def lying(self, picture: np.ndarray) -> np.ndarray:
        """The inverse of `upright`; a view."""
        picture = picture[:: -1 if self.lines_turned else 1, :: -1 if self.columns_turned else 1]
        return picture.swapaxes(0, 1) if self.swapped else picture

    @property
    def display_matrix(self) -> list[int]:
        """As a container stores it, see `orientation_of`."""
        across, down = (-65536 if turned else 65536 for turned in (self.columns_turned, self.lines_turned))
        a, b, c, d = (0, down, across, 0) if self.swapped else (across, 0, 0, down)
        return [a, b, 0, c, d, 0, 0, 0, 1 << 30]

    @property
    def quarter_turns(self) -> int:
        """Counter-clockwise, after mirroring left to right where it is `mirrored`."""
        if self.swapped:
            return 3 if self.columns_turned else 1
        return 2 if self.lines_turned else 0

    @property
    def mirrored(self) -> bool:
        """Whether turning alone does not set it upright."""
        return (self.swapped + self.columns_turned + self.lines_turned) % 2 == 1

    @property
    def words(self) -> str:
        turned = [] if self.quarter_turns == 0 else [f"turned {90 * self.quarter_turns} counter-clockwise"]
        return ", ".join((["mirrored"] if self.mirrored else []) + turned) or "as it lies"


AS_IT_LIES = Orientation()
EXIF = {
    2: Orientation(columns_turned=True),
    3: Orientation(columns_turned=True, lines_turned=True),
    4: Orientation(lines_turned=True),
    5: Orientation(swapped=True),
    6: Orientation(swapped=True, columns_turned=True),
    7: Orientation(swapped=True, columns_turned=True, lines_turned=True),
    8: Orientation(swapped=True, lines_turned=True),
}
"""By the value of EXIF's tag "Orientation"; 1 is as it lies (CIPA DC-008, 4.6.4)."""


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """A decoded frame's orientation by its display matrix, taken to the nearest quarter turn.

    The matrix sends (x, y) as it lies to (a x + c y, b x + d y) as shown, y downwards (ISO/IEC 14496-12, 6.2.2).
    """
    a, b, c, d = _matrix_of(frame)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)


def is_slanted(frame: av.VideoFrame) -> bool:
    """Whether a decoded frame is to be turned by more than a degree or so from every quarter turn."""
    a, b, c, d = (abs(value) for value in _matrix_of(frame))
    return min(a + d, b + c) > 0.02 * max(a + d, b + c)


def _matrix_of(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if matrix is None:
        return 1, 0, 0, 1
    a, b, _, c, d = struct.unpack("=5i", bytes(matrix)[:20])
    return a, b, c, d
