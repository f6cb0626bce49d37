"""The chain: a clip and what was drawn for it -> the degraded clip. One function, read from top to bottom."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import cv2
import numpy as np

from core.errors import InputError
from degrade.codec import code_group
from degrade.light import LightStage
from degrade.params import DegradeParams
from degrade.passes import Pass
from degrade.processor import ProcessorStage, reach


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
        self.shown = params.delivery.shown if params.delivery is not None else tuple(range(params.frames))
        in_light = any(part is not None for part in (params.optics, params.light, params.sensor))
        captured = LightStage(params, self._clean).apply if in_light else self._clean8
        if params.processor is not None:
            denoise = params.processor.temporal_denoise
            captured = ProcessorStage(
                params.processor, _remember(captured, 2 if denoise is None else reach(denoise) + 1)
            ).apply
        self.captured = captured
        self.first = None if params.first is None else Pass(params.first, "first", params.seed, params.key)
        self.second = None if params.second is None else Pass(params.second, "second", params.seed, params.key)

    def run(self, wanted):
        """Yields `(t, frame)`, RGB uint8, for each t in `wanted`, in order."""
        codec, delivered = self.params.codec, _remember(self._delivered, 1)
        if codec is None:
            for t in wanted:
                yield t, cv2.cvtColor(delivered(self.shown[t]), cv2.COLOR_BGR2RGB)
            return
        ends = (*codec.starts[1:], self.params.frames)
        wanted = set(wanted)
        for start, end in zip(codec.starts, ends, strict=True):
            here = sorted(wanted.intersection(range(start, end)))
            if not here:
                continue
            sent = sorted({self.shown[t] for t in range(start, here[-1] + 1)})
            coded = code_group(
                (cv2.cvtColor(delivered(i), cv2.COLOR_BGR2RGB) for i in sent),
                len(sent),
                codec,
                self._size(),
                self.params.key,
            )
            for t in here:
                yield t, coded[sent.index(self.shown[t])]

    def _delivered(self, index: int) -> np.ndarray:
        """Captured frame `index` after camera and both passes, uint8 BGR at the clip's own size."""
        picture = self.captured(index)
        if self.first is not None:
            picture = self.first.apply(picture, index, self._size() if self.second is None else None)
        if self.second is not None:
            picture = self.second.apply(picture, index, self._size())
        return picture

    def _size(self) -> tuple[int, int]:
        return self.params.width, self.params.height

    def _clean(self, index: int) -> np.ndarray:
        return cv2.cvtColor(self.frames[index], cv2.COLOR_RGB2BGR)

    def _clean8(self, index: int) -> np.ndarray:
        picture = self._clean(index)
        return picture if picture.dtype == np.uint8 else cv2.convertScaleAbs(picture, alpha=255 / 1023)


def _remember(make: Callable[[int], np.ndarray], count: int) -> Callable[[int], np.ndarray]:
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
