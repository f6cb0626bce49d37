"""What a clip keeps while its frames share their samples: traced frames on disk, neighbours in memory. Upper bounds:
the subject may fill the frame, while only its box is kept."""

from __future__ import annotations

from keyfill.run_config import RunConfig

# Bytes a pixel, as `LightSums.to_arrays` stores them: depth and place in full floats, surface in half ones; light too.
_TRACED, _TRACED_LIGHTING = 4 + 16 + 2 * 10, 2 * 2 * 3
# As a `Neighbour` holds them: depth, place, what the pixel stands on, look, the halves of surface and light; and while
# it is moved: its way, its weight and four channels in full floats.
_NEIGHBOUR, _NEIGHBOUR_LIGHTING = 4 + 16 + (1 + 16 + 16) + 28 + 2 * 10, 2 * 2 * 3
_MOVED = 6 + 4 + 16


def reach(config: RunConfig) -> int:
    """How many frames on either side share their samples, as `render.job.reach_of` has it."""
    alone = config.scenes.frames == 1 or config.scenes.subjects is not None
    return 0 if alone else config.render.accumulate


def traced_bytes(config: RunConfig) -> int:
    """Most that the traced frames of one clip take in its work folder: those around the middle frame, on which the
    camera meters, wait until the others, one window after the other, have come to them."""
    if not reach(config):
        return 0
    frames = min(config.scenes.frames, 2 * (2 * reach(config) + 1))
    return frames * _pixels(config) * (_TRACED + _TRACED_LIGHTING * config.scenes.lightings_per_clip)


def neighbour_bytes(config: RunConfig) -> int:
    """Most that the frames of one window take in a clip's process."""
    if not reach(config):
        return 0
    frames = min(config.scenes.frames, 2 * reach(config) + 1)
    each = _NEIGHBOUR + _NEIGHBOUR_LIGHTING * config.scenes.lightings_per_clip + _MOVED
    return frames * _pixels(config) * each


def _pixels(config: RunConfig) -> int:
    return config.scenes.width * config.scenes.height
