"""The LUT on whole video frames at speed: ffmpeg's `haldclut`, fed a new LUT with every frame, in-process.

It takes a small part of the CPU time of a 5-D `grid_sample`, and interpolates between the knots of the same 36^3 LUT in
tetrahedra instead of trilinearly. The matte is applied to the finished YUV planes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
import torch
from av.filter import Graph

from pairs.errors import WorkError
from train_baseline.lut import uniform
from train_baseline.lut_stream import Correction

SIDE = 216
"""Lines and columns of a Hald image of level 6: 36^3 colours, red fastest."""
HALD, SHOWN = "gbrpf32le", "yuv420p"
"""Pixel formats: in which the LUT is applied, and of what comes out."""
_TICK = Fraction(1, 1000)


@dataclass(frozen=True)
class ColourTags:
    """How YUV stands for RGB: `matrix` "bt709" or "bt601", `wide` true for full range (0-255)."""

    matrix: str = "bt709"
    wide: bool = False

    @property
    def range(self) -> str:
        """As the `scale` filter names it."""
        return "pc" if self.wide else "tv"


class LutFilter:
    """YUV frames in, corrected `yuv420p` frames (BT.709, video range) out, each through its own LUT and matte.

    `side_by_side` puts the input to the left of the result, twice as wide. The result is rounded, not dithered.
    A change of the input's size or format, or the first matte, makes a new graph.
    """

    def __init__(self, side_by_side: bool = False):
        self.side_by_side = side_by_side
        self._made_for: tuple[object, ...] | None = None
        self._count = 0

    def apply(
        self, frame: av.VideoFrame, tags: ColourTags, correction: Correction, knots: tuple[int, ...]
    ) -> av.VideoFrame:
        """One frame through its LUT, as far as its matte goes; `pts` and `time_base` are kept."""
        key = (frame.width, frame.height, frame.format.name, tags, correction.matte is None)
        if key != self._made_for:
            self._make(frame, tags, correction.matte is not None)
            self._made_for = key
        fed = [frame, _hald(correction.lut, knots)]
        if correction.matte is not None:
            fed.append(_mask(correction.matte, frame.width, frame.height))
        pts, base = frame.pts, frame.time_base
        for given, source in zip(fed, self._sources, strict=True):
            given.pts, given.time_base = self._count, _TICK
            source.push(given)
        self._count += 1
        try:
            out = self._sink.pull()
        except (av.BlockingIOError, av.EOFError) as error:
            raise WorkError(f"the LUT filter gave no frame back: {error}") from error
        frame.pts, frame.time_base = pts, base
        out.pts, out.time_base = pts, base
        return out

    def _make(self, frame: av.VideoFrame, tags: ColourTags, masked: bool) -> None:
        graph, width, height = Graph(), frame.width, frame.height

        def source(w: int, h: int, name: str, **tags: str) -> av.filter.FilterContext:
            return graph.add("buffer", video_size=f"{w}x{h}", pix_fmt=name, time_base=str(_TICK), **tags)

        def scaled(after: tuple[av.filter.FilterContext, int], how: str, name: str) -> av.filter.FilterContext:
            scale, as_name = graph.add("scale", f"{how}:flags=bilinear+accurate_rnd"), graph.add("format", name)
            after[0].link_to(scale, after[1], 0)
            scale.link_to(as_name)
            return as_name

        into, out = f"in_color_matrix={tags.matrix}:in_range={tags.range}", "out_color_matrix=bt709:out_range=tv"
        frames, luts = source(width, height, frame.format.name), source(SIDE, SIDE, HALD)
        self._sources = [frames, luts]
        uses = masked + self.side_by_side
        split = graph.add("split", str(1 + uses))
        frames.link_to(split)
        plain = [scaled((split, 1 + i), f"{into}:{out}", SHOWN) for i in range(uses)]
        clut = graph.add("haldclut", "interp=tetrahedral")
        scaled((split, 0), f"{into}:out_range=pc", HALD).link_to(clut, 0, 0)
        luts.link_to(clut, 0, 1)
        last = scaled((clut, 0), f"in_range=pc:{out}", SHOWN)
        if masked:
            # said to be of the pictures' range and matrix, or else the graph would convert it
            mask, merge = source(width, height, SHOWN, range="tv", colorspace="bt709"), graph.add("maskedmerge")
            self._sources.append(mask)
            for place, given in enumerate((plain.pop(), last, mask)):
                given.link_to(merge, 0, place)
            last = merge
        if self.side_by_side:
            stack = graph.add("hstack")
            plain.pop().link_to(stack, 0, 0)
            last.link_to(stack, 0, 1)
            last = stack
        sink = graph.add("buffersink")
        last.link_to(sink)
        graph.configure()
        # the graph owns its filters: without it they are gone
        self._graph, self._sink = graph, sink


def _hald(lut: torch.Tensor, knots: tuple[int, ...]) -> av.VideoFrame:
    """The LUT as a Hald image."""
    red, green, blue = uniform(lut[None], knots).reshape(3, SIDE, SIDE).numpy()
    frame = av.VideoFrame(SIDE, SIDE, HALD)
    for plane, channel in zip(frame.planes, (green, blue, red), strict=True):
        _fill(plane, channel)
    return frame


def _mask(matte: np.ndarray, width: int, height: int) -> av.VideoFrame:
    """The matte enlarged bilinearly to every plane of a `yuv420p` frame, 0 to 255."""
    frame = av.VideoFrame(width, height, SHOWN)
    matte = np.rint(matte * 65535).astype(np.uint16)
    for plane in frame.planes:
        _fill(plane, (cv2.resize(matte, (plane.width, plane.height)) >> 8).astype(np.uint8))
    return frame


def _fill(plane: av.video.plane.VideoPlane, values: np.ndarray) -> None:
    """Rows into a plane, whose lines may be longer in memory than they show."""
    lines = np.zeros((plane.height, plane.line_size // values.itemsize), values.dtype)
    lines[:, : values.shape[1]] = values
    plane.update(lines)
