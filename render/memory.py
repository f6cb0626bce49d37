"""What a clip keeps while its frames share their samples: traced frames on disk, neighbours in memory. Upper bounds:
the subject may fill the frame, while only its box is kept."""

from __future__ import annotations

from render.config import RenderConfig
from render.job import ClipShape, reach_of
from render.sums import stored_bytes
from render.temporal import WARPING_BYTES, neighbour_bytes


def traced_bytes_of(config: RenderConfig, shape: ClipShape) -> int:
    """Most bytes that the traced frames of one clip take in its work folder: those around the middle frame, on which
    the camera meters, wait until the others, one window after the other, have come to them."""
    reach = reach_of(config, shape)
    if not reach:
        return 0
    frames = min(shape.frames, 2 * (2 * reach + 1))
    return frames * shape.pixels * stored_bytes(shape.lightings, shape.lightings)


def window_bytes_of(config: RenderConfig, shape: ClipShape) -> int:
    """Most bytes that the frames of one window take in a clip's process."""
    reach = reach_of(config, shape)
    if not reach:
        return 0
    frames = min(shape.frames, 2 * reach + 1)
    return frames * shape.pixels * (neighbour_bytes(shape.lightings, shape.lightings) + WARPING_BYTES)
