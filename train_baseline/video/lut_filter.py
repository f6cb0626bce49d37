"""The LUT on whole video frames at speed: ffmpeg's `haldclut`, fed a new LUT with every frame, in-process.

It interpolates between the knots of the same 36^3 LUT in tetrahedra instead of trilinearly, and it sees the frame at
half resolution: a quarter of the pixels (see `train_baseline.video.planes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import torch
from av.filter import Graph

from core.errors import WorkError
from core.footage.orientation import orientation_of
from train_baseline.methods.lut import HALD_SIDE as SIDE
from train_baseline.methods.lut import on_uniform_grid
from train_baseline.methods.lut_session import Correction
from train_baseline.methods.no_picture import BLACK, keep_bars, without_bars
from train_baseline.video.planes import Planes

HALD, SHOWN, HALVED = "gbrpf32le", "yuv420p", "yuv444p16le"
"""Pixel formats: in which the LUT is applied, of what comes out, and of the corrected frame of half the size."""
_TICK = Fraction(1, 1000)


@dataclass(frozen=True)
class ColourTags:
    """How YUV stands for RGB: `matrix` as the `scale` filter names it, `wide` true for full range (0-255); `scaler`:
    the matrix by the scaler's number, `primaries`: by libav's (see `core.footage.colour`)."""

    matrix: str = "bt709"
    wide: bool = False
    scaler: int = 1
    primaries: int = 1

    @property
    def range(self) -> str:
        """As the `scale` filter names it."""
        return "pc" if self.wide else "tv"


class LutFilter:
    """YUV frames in, corrected `yuv420p` frames (BT.709, video range) out, each through its own LUT and matte.

    `side_by_side` puts the input to the left of the result, twice as wide. The result is rounded, not dithered. A frame
    that is to be shown turned stays as it lies; its matte is upright.
    A change of the input's size or format makes a new graph.
    """

    def __init__(self, side_by_side: bool = False):
        self.side_by_side = side_by_side
        self._made_for: tuple[object, ...] | None = None
        self._count = 0

    def apply(self, frame: av.VideoFrame, tags: ColourTags, correction: Correction) -> av.VideoFrame:
        """One frame through its LUT, as far as its matte goes; `pts` and `time_base` are kept."""
        lut = on_uniform_grid(correction.lut[None], correction.knots)[0]
        plain, halved = self._filtered(frame, tags, lut)
        before = [plane_values(plane) for plane in plain.planes]
        small = [plane_values(plane, np.uint16) for plane in halved.planes]
        turned, coefficients = orientation_of(frame), correction.coefficients
        if coefficients is not None:
            coefficients = np.stack([turned.lying(part) for part in coefficients])
        after = self._planes.corrected(before, small, lut, coefficients)
        lines, columns = without_bars(before[0], 16 + BLACK * 219 // 255)
        halves = [slice(part.start // 2, -(-part.stop // 2)) for part in (lines, columns)]
        for new, old, part in zip(after, before, ((lines, columns), halves, halves), strict=True):
            keep_bars(new, old, *part)
        return shown_frame(frame, after, before if self.side_by_side else None)

    def _filtered(
        self, frame: av.VideoFrame, tags: ColourTags, lut: torch.Tensor
    ) -> tuple[av.VideoFrame, av.VideoFrame]:
        """The frame as it goes out when nothing is corrected, and the frame of half the size after the LUT."""
        key = (frame.width, frame.height, frame.format.name, tags)
        if key != self._made_for:
            self._make(frame, tags)
            self._planes, self._made_for = Planes(frame.width, frame.height), key
        pts, base = frame.pts, frame.time_base
        for given, source in zip((frame, _hald(lut)), self._sources, strict=True):
            given.pts, given.time_base = self._count, _TICK
            source.push(given)
        self._count += 1
        try:
            plain, halved = (sink.pull() for sink in self._sinks)
        except (av.BlockingIOError, av.EOFError) as error:
            raise WorkError(f"the LUT filter gave no frame back: {error}") from error
        assert isinstance(plain, av.VideoFrame) and isinstance(halved, av.VideoFrame)
        frame.pts = pts
        if base is not None:
            frame.time_base = base
        return plain, halved

    def _make(self, frame: av.VideoFrame, tags: ColourTags) -> None:
        graph, width, height = Graph(), frame.width, frame.height
        graph.threads = 1  # reading and encoding run beside it

        def source(w: int, h: int, name: str) -> av.filter.FilterContext:
            return graph.add("buffer", video_size=f"{w}x{h}", pix_fmt=name, time_base=str(_TICK))

        def scaled(after: tuple[av.filter.FilterContext, int], how: str, name: str) -> av.filter.FilterContext:
            scale, as_name = graph.add("scale", how), graph.add("format", name)
            after[0].link_to(scale, after[1], 0)
            scale.link_to(as_name)
            return as_name

        into, out = f"in_color_matrix={tags.matrix}:in_range={tags.range}", "out_color_matrix=bt709:out_range=tv"
        frames, luts = source(width, height, frame.format.name), source(SIDE, SIDE, HALD)
        split, clut = graph.add("split", "2"), graph.add("haldclut", "interp=tetrahedral")
        frames.link_to(split)
        plain = scaled((split, 0), f"{into}:{out}:flags=bilinear+accurate_rnd", SHOWN)
        small = f"{-(-width // 2)}:{-(-height // 2)}:{into}:out_range=pc:flags=area+accurate_rnd"
        scaled((split, 1), small, HALD).link_to(clut, 0, 0)
        luts.link_to(clut, 0, 1)
        halved = scaled((clut, 0), f"in_range=pc:{out}:flags=bilinear+accurate_rnd", HALVED)
        sinks = [graph.add("buffersink"), graph.add("buffersink")]
        plain.link_to(sinks[0])
        halved.link_to(sinks[1])
        graph.configure()
        # the graph owns its filters: without it they are gone
        self._graph, self._sources, self._sinks = graph, (frames, luts), sinks


def _hald(lut: torch.Tensor) -> av.VideoFrame:
    """The uniform LUT as a Hald image."""
    red, green, blue = lut.reshape(3, SIDE, SIDE).numpy()
    frame = av.VideoFrame(SIDE, SIDE, HALD)
    for plane, channel in zip(frame.planes, (green, blue, red), strict=True):
        _fill(plane, channel)
    return frame


def shown_frame(frame: av.VideoFrame, after: list[np.ndarray], beside: list[np.ndarray] | None = None) -> av.VideoFrame:
    """What becomes of `frame`: planes of `yuv420p` uint8, as it lies, its `pts` and `time_base` kept; to the left of
    them, once both are upright, the planes `beside`."""
    if beside is not None:
        turned = orientation_of(frame)
        upright = [[turned.upright(plane) for plane in planes] for planes in (beside, after)]
        after = [turned.lying(np.hstack(both)) for both in zip(*upright, strict=True)]
    out = av.VideoFrame(after[0].shape[1], after[0].shape[0], SHOWN)
    for plane, values in zip(out.planes, after, strict=True):
        _fill(plane, values)
    out.pts, out.time_base = frame.pts, frame.time_base
    return out


def plane_values(plane: av.video.plane.VideoPlane, kind: type[np.generic] = np.uint8) -> np.ndarray:
    """A plane's values, of which `_fill` makes the plane; a view."""
    return np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)[:, : plane.width]


def _fill(plane: av.video.plane.VideoPlane, values: np.ndarray) -> None:
    """Rows into a plane, whose lines may be longer in memory than they show."""
    lines = np.frombuffer(memoryview(plane), values.dtype).reshape(plane.height, -1)
    lines[:, : values.shape[1]] = values
