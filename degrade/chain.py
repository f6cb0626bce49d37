"""The chain: a clip and what was drawn for it -> the degraded clip. One order, read from top to bottom."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from core.errors import InputError
from core.levels import eight_bit
from degrade.params import DegradeParams
from degrade.stages.camera import LightParams, OpticsParams, ProcessorParams
from degrade.stages.codec import code_group, ffmpeg_version
from degrade.stages.filters.linear_light import to_linear, to_srgb8
from degrade.stages.stage import ApplyContext, Frames, in_turn

CHAIN_VERSION = 4
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
    chain = _Chain(frames, params)
    return np.stack([frame for _, frame in chain.run(range(params.frames))])


def degrade_frame(frames: np.ndarray, params: DegradeParams, frame: int) -> np.ndarray:
    """Frame `frame` of `degrade_clip(frames, params)`, the same bytes, without degrading the frames before it.

    With a codec the frames since its last key frame are coded again; with temporal noise reduction up to 6 earlier ones
    count.
    """
    _check(frames, params)
    if not 0 <= frame < params.frames:
        raise InputError(f"{params.key}: no frame {frame}; the clip has {params.frames}")
    return dict(_Chain(frames, params).run([frame]))[frame]


class _Chain:
    """A clip's stages, prepared; pictures in BGR inside, RGB outside."""

    def __init__(self, frames: np.ndarray, params: DegradeParams):
        self.frames, self.params = frames, params
        optics, light = params.optics or OpticsParams(), params.light or LightParams()
        processor = params.processor or ProcessorParams()
        gain = light.exposure.gain if light.exposure else lambda frame: 1.0
        denoise = processor.temporal_denoise
        self.captured = _remember(self._capture, 2 if denoise is None else denoise.reach + 1)
        self.context = ApplyContext(params, "", self._clean, self.captured, gain)
        self.in_linear_light = in_turn(
            stage.prepare(self.context)
            for stage in (optics, light.banding, light.exposure, params.sensor, light.white_balance)
            if stage is not None
        )
        self.on_levels = processor.prepare(self.context)
        first, second = params.first, params.second
        self.passes = in_turn(
            part.prepare(replace(self.context, name=name), last)
            for name, part, last in (("first", first, second is None), ("second", second, True))
            if part is not None
        )
        self.shown = params.delivery.shown if params.delivery is not None else tuple(range(params.frames))

    def _clean(self, frame: int) -> np.ndarray:
        """The frame as it came, BGR uint8 or uint16 (10 bit)."""
        return np.asarray(cv2.cvtColor(self.frames[frame], cv2.COLOR_RGB2BGR))

    def _capture(self, frame: int) -> np.ndarray:
        """The frame as the sensor hands it over, BGR uint8: lens, light and sensor in linear light."""
        clean = self._clean(frame)
        if any((self.params.optics, self.params.light, self.params.sensor)):
            return to_srgb8(self.in_linear_light(to_linear(clean), frame))
        return eight_bit(clean)

    def _send(self, frame: int) -> np.ndarray:
        """The captured frame after the camera's processor and both passes, RGB uint8 at the clip's own size."""
        picture = self.passes(self.on_levels(self.captured(frame), frame), frame)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))

    def run(self, wanted: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
        """Yields `(t, frame)`, RGB uint8, for each t in `wanted`, in order: what is delivered, through the codec."""
        codec, sent = self.params.codec, _remember(self._send, 1)
        if codec is None:
            for t in wanted:
                yield t, sent(self.shown[t])
            return
        ends = (*codec.starts[1:], self.params.frames)
        wanted = set(wanted)
        for start, end in zip(codec.starts, ends, strict=True):
            here = sorted(wanted.intersection(range(start, end)))
            if not here:
                continue
            group = sorted({self.shown[t] for t in range(start, here[-1] + 1)})
            size = self.params.width, self.params.height
            coded = code_group(map(sent, group), len(group), codec, size, self.params.key)
            for t in here:
                yield t, coded[group.index(self.shown[t])]


def _remember(make: Frames, count: int) -> Frames:
    """`make` with its last `count` results kept."""
    kept: OrderedDict[int, np.ndarray] = OrderedDict()

    def get(index: int) -> np.ndarray:
        if index not in kept:
            kept[index] = make(index)
            while len(kept) > count:
                kept.popitem(last=False)
        return kept[index]

    return get


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
    if params.codec is not None and (params.width % 2 or params.height % 2):
        raise InputError(
            f"{params.key}: codec: {params.width}x{params.height} is odd; 4:2:0 video needs even sides, "
            "crop or pad by one pixel"
        )
