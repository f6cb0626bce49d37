"""The chain: a clip and what was drawn for it -> the degraded clip. Read from top to bottom."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from core.errors import InputError
from core.levels import eight_bit
from degrade.params import DegradeParams
from degrade.stages.camera import LightParams, OpticsParams, ProcessorParams
from degrade.stages.codec import CodecParams, coded_frames, ffmpeg_version
from degrade.stages.filters.linear_light import to_linear, to_srgb8
from degrade.stages.stage import Apply, ApplyContext, Frames, in_turn, remember

CHAIN_VERSION = 5
"""Goes up when the same parameters give other frames, or the same config and seed other parameters. Shards of another
version are then made again, and a replay says so; tests/degrade/golden.json holds what this version gives."""


def versions() -> dict[str, Any]:
    """What the bytes of a degraded clip depend on, beside its parameters."""
    return {"chain": CHAIN_VERSION, "numpy": np.__version__, "opencv": cv2.__version__, "ffmpeg": ffmpeg_version()}


def degrade_clip(frames: np.ndarray, params: DegradeParams) -> np.ndarray:
    """`(T, H, W, 3)` sRGB, uint8 or uint16 (10-bit levels) -> `(T, H, W, 3)` uint8 sRGB, same size and count.

    Raises InputError naming the clip and the stage when the frames do not fit the parameters, WorkError when the codec
    fails.
    """
    _check(frames, params)
    return np.stack(list(degrade_frames(frames.__getitem__, params)))


def degrade_frames(frame_at: Frames, params: DegradeParams) -> Iterator[np.ndarray]:
    """The frames of `degrade_clip` one by one, for clips that are too long for memory.

    `frame_at(t)` gives frame t, `(H, W, 3)` sRGB, uint8 or uint16; it is asked for frames on and on, at most `REACH`
    before one that it gave before.
    """
    _check_sides(params)
    chain = _Chain(frame_at, params)
    return (chain.shown_at(t) for t in range(params.frames))


REACH = 12
"""Temporal noise reduction looks 6 frames back, each of which may look for motion at its neighbours."""


class _Chain:
    """A clip's stages, prepared; pictures in BGR inside, RGB outside.

    First the camera, in time as the sensor saw it: optics, light and sensor in linear light, the processor on levels.
    Then, in time as it is seen (`shown`: which captured frame is seen when), passes and codecs in their order.
    """

    def __init__(self, frame_at: Frames, params: DegradeParams):
        self.frame_at, self.params = frame_at, params
        optics, light = params.optics or OpticsParams(), params.light or LightParams()
        processor = params.processor or ProcessorParams()
        gain = light.exposure.gain if light.exposure else lambda frame: 1.0
        denoise = processor.temporal_denoise
        self.captured = remember(self._capture, 2 if denoise is None else denoise.reach + 1)
        self.context = ApplyContext(params, "", self._clean, self.captured, gain)
        self.in_linear_light = in_turn(
            stage.prepare(self.context)
            for stage in (optics, light.banding, light.exposure, params.sensor, light.white_balance)
            if stage is not None
        )
        self.on_levels = processor.prepare(self.context)
        shown = params.delivery.shown if params.delivery is not None else tuple(range(params.frames))
        sent = remember(lambda frame: self.on_levels(self.captured(frame), frame), 1)
        seen: Frames = lambda t: sent(shown[t])
        names = params.running()
        for name, following in zip(names, (*names, None)[1:], strict=True):
            part = getattr(params, name)
            if isinstance(part, CodecParams):
                seen = _turned(_Coded(_turned(seen), part, params, shown).at)
            else:
                # two passes in a row stay at the size between; all else has the clip's own
                ends = (name, following) != ("first", "second")
                seen = _then(seen, part.prepare(replace(self.context, name=name), ends), shown)
        runs = range(params.frames) if params.codec or params.server else _runs(shown)
        once = remember(_turned(seen), 1)
        self.shown_at: Frames = lambda t: once(runs[t])

    def _clean(self, frame: int) -> np.ndarray:
        """The frame as it came, BGR uint8 or uint16 (10 bit)."""
        return np.asarray(cv2.cvtColor(self.frame_at(frame), cv2.COLOR_RGB2BGR))

    def _capture(self, frame: int) -> np.ndarray:
        """The frame as the sensor hands it over, BGR uint8: lens, light and sensor in linear light."""
        clean = self._clean(frame)
        if any((self.params.optics, self.params.light, self.params.sensor)):
            return to_srgb8(self.in_linear_light(to_linear(clean), frame))
        return eight_bit(clean)


def _turned(frames: Frames) -> Frames:
    """BGR to RGB, or back."""
    return lambda t: np.asarray(cv2.cvtColor(frames(t), cv2.COLOR_BGR2RGB))


def _then(frames: Frames, apply: Apply, shown: Sequence[int]) -> Frames:
    """`apply` after `frames`; a captured frame that is seen again gets the same once more."""
    return lambda t: apply(frames(t), shown[t])


def _runs(shown: Sequence[int]) -> list[int]:
    """For each frame the first of those in a row that show what it shows."""
    first: list[int] = []
    for t, frame in enumerate(shown):
        first.append(first[-1] if t and shown[t - 1] == frame else t)
    return first


class _Coded:
    """`frames`, RGB, out of a codec: groups are coded when they are asked for, and of a frame that is seen again and
    again one is sent. Goes on and on; to go back, it begins a group anew."""

    def __init__(self, frames: Frames, codec: CodecParams, params: DegradeParams, shown: Sequence[int]):
        self.frames, self.codec, self.params, self.runs = frames, codec, params, _runs(shown)
        self._start, self._sent, self._taken = -1, list[int](), 0
        self._coming: Iterator[np.ndarray] = iter(())

    def at(self, t: int) -> np.ndarray:
        """Frame t, `(H, W, 3)` uint8 RGB. WorkError when the codec fails."""
        starts = self.codec.starts
        group = bisect_right(starts, t) - 1
        if starts[group] != self._start or bisect_right(self._sent, t) < self._taken:
            end = starts[group + 1] if group + 1 < len(starts) else self.params.frames
            self._start, self._taken = starts[group], 0
            self._sent = sorted({max(self.runs[n], self._start) for n in range(self._start, end)})
            size = self.params.width, self.params.height
            sent = map(self.frames, self._sent)
            self._coming = coded_frames(sent, len(self._sent), self.codec, size, self.params.key)
        while self._taken < bisect_right(self._sent, t):
            self._picture = next(self._coming)
            self._taken += 1
        if self._taken == len(self._sent):
            next(self._coming, None)  # where more came than were sent, that is told now
        return self._picture


def _check(frames: np.ndarray, params: DegradeParams) -> None:
    expected = (params.frames, params.height, params.width, 3)
    name = f"{params.key}: degrade"
    if not isinstance(frames, np.ndarray) or frames.dtype not in (np.uint8, np.uint16):
        kind = getattr(frames, "dtype", type(frames).__name__)
        raise InputError(f"{name}: frames are {kind}, expected uint8 or uint16 (10-bit) sRGB levels")
    if frames.shape != expected:
        raise InputError(f"{name}: frames are {frames.shape}, the parameters were drawn for {expected}")
    if frames.dtype == np.uint16 and int(frames.max(initial=0)) > 1023:
        raise InputError(f"{name}: a level of {int(frames.max())} in 10-bit frames, expected at most 1023")
    _check_sides(params)


def _check_sides(params: DegradeParams) -> None:
    if (params.codec or params.server) and (params.width % 2 or params.height % 2):
        raise InputError(
            f"{params.key}: codec: {params.width}x{params.height} is odd; 4:2:0 video needs even sides, "
            "crop or pad by one pixel"
        )
