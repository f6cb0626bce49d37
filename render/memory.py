"""What a clip keeps while its frames share their samples: traced frames on disk, neighbours in memory. Upper bounds:
the subject may fill the frame, while only its box is kept."""

from __future__ import annotations

from render.config import RenderConfig
from render.job import ClipShape, reach_of, room_layers
from render.sums import stored_bytes
from render.temporal import WARPING_BYTES, neighbour_bytes

SUBJECT_SHARE = 0.5
"""Of the frame that the box around the subject takes."""
BYTES_A_LIGHT, BYTES_BESIDE = 1.0, 6.0
"""For each pixel of the box, on disk: of a light's layer, and of all else. From `benchmarks/light_layers.py`."""
MOST_STUDIO_LIGHTS = 4


def traced_bytes_of(config: RenderConfig, shape: ClipShape) -> int:
    """Most bytes that the traced frames of one clip take in its work folder: those around the middle frame, on which
    the camera meters, wait until the others, one window after the other, have come to them."""
    reach = reach_of(config, shape)
    if not reach:
        return 0
    frames = min(shape.frames, 2 * (2 * reach + 1))
    return frames * shape.pixels * stored_bytes(*_sums(config, shape))


def window_bytes_of(config: RenderConfig, shape: ClipShape) -> int:
    """Most bytes that the frames of one window take in a clip's process."""
    reach = reach_of(config, shape)
    if not reach:
        return 0
    frames = min(shape.frames, 2 * reach + 1)
    return frames * shape.pixels * (neighbour_bytes(*_sums(config, shape)) + WARPING_BYTES)


def layer_bytes_of(config: RenderConfig, shape: ClipShape) -> int:
    """What the kept light layers of one clip take on disk, as measured on whole people: rough, as light compresses
    by what it shows."""
    if config.keep == "pictures":
        return 0
    lights = sum(_sums(config, shape))
    return round(shape.frames * shape.pixels * SUBJECT_SHARE * (lights * BYTES_A_LIGHT + BYTES_BESIDE))


def _sums(config: RenderConfig, shape: ClipShape) -> tuple[int, int]:
    """How many sums of the room and of the studio a traced frame waits with: one a lighting, or all that is kept."""
    if config.keep == "pictures":
        return shape.rooms, shape.lightings
    return room_layers(config, shape), MOST_STUDIO_LIGHTS
