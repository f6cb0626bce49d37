"""One traced frame as the sums that its lightings need, before denoising; to disk and back."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from render.layers import CHANNELS, Surface


@dataclass(frozen=True, eq=False, kw_only=True)
class TracedFrame(Surface):
    """`rooms`: `(K, h, w, 3)` float32, the subject under each lighting's room and desk lamp; `studio`: `(J, h, w, 3)`,
    the subject under each lighting's studio, or under each studio light where those are fewer. Linear, premultiplied,
    noisy. The surface is the mean over all samples of the frame."""

    rooms: np.ndarray
    studio: np.ndarray

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file: half floats, light in units of its own mean, full ones where places are meant."""
        if self.rest is None:
            raise ValueError("a frame that waits for others needs the places of its points: `rest` was not traced")
        arrays = {"depth_m": self.depth_m, "rest": self.rest}
        for name in _HALVED:
            values = getattr(self, name)
            unit = np.float32(max(float(values.mean()), 1e-12) if name in ("rooms", "studio") else 1.0)
            arrays[name] = np.clip(values / unit, -_LARGEST, _LARGEST).astype(np.float16)
            arrays[f"{name}.unit"] = np.asarray(unit)
        return arrays

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> TracedFrame:
        """The inverse of `to_arrays`, but for what half floats round (one part in 2,000)."""
        halved = {name: arrays[name].astype(np.float32) * arrays[f"{name}.unit"] for name in _HALVED}
        return TracedFrame(depth_m=arrays["depth_m"], rest=arrays["rest"], **halved)


def stored_bytes(rooms: int, studio: int) -> int:
    """Bytes per pixel of `TracedFrame.to_arrays` with so many sums of either kind."""
    surface = sum(count * (2 if name in _HALVED else 4) for name, count in CHANNELS.items())
    return surface + 2 * 3 * (rooms + studio)


_LARGEST = 60000.0
_HALVED = tuple(field.name for field in fields(TracedFrame) if field.name not in ("depth_m", "rest"))
