"""The LUT on whole video frames at speed: ffmpeg's `haldclut`, fed a new LUT with every frame, in-process.

Measured on 2 cores at 1280x720 it takes a quarter of the CPU time of a 5-D `grid_sample`. It interpolates between the
knots of the same 36^3 LUT in tetrahedra instead of trilinearly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import torch
from av.filter import Graph

from pairs.errors import WorkError
from train_baseline.lut import uniform

SIDE = 216
"""Lines and columns of a Hald image of level 6: 36^3 colours, red fastest."""


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
    """YUV frames in, corrected `yuv420p` frames (BT.709, video range) out, each through its own LUT.

    `side_by_side` puts the input to the left of the result, twice as wide. The result is rounded, not dithered.
    A change of the input's size or format makes a new graph.
    """

    def __init__(self, side_by_side: bool = False):
        self.side_by_side = side_by_side
        self._made_for: tuple[object, ...] | None = None
        self._count = 0

    def apply(self, frame: av.VideoFrame, tags: ColourTags, lut: torch.Tensor, knots: tuple[int, ...]) -> av.VideoFrame:
        """One frame through one LUT `(3, M, M, M)`; `pts` and `time_base` are kept."""
        key = (frame.width, frame.height, frame.format.name, tags)
        if key != self._made_for:
            self._make(frame, tags)
            self._made_for = key
        colours = uniform(lut[None], knots)[0].permute(1, 2, 3, 0).reshape(SIDE, SIDE, 3)
        hald = av.VideoFrame.from_ndarray(np.ascontiguousarray(colours.numpy(), np.float32), format="gbrpf32le")
        pts, base = frame.pts, frame.time_base
        frame.pts = hald.pts = self._count
        frame.time_base = hald.time_base = Fraction(1, 1000)
        self._count += 1
        self._frames.push(frame)
        self._luts.push(hald)
        try:
            out = self._sink.pull()
        except (av.BlockingIOError, av.EOFError) as error:
            raise WorkError(f"the LUT filter gave no frame back: {error}") from error
        frame.pts, frame.time_base = pts, base
        out.pts, out.time_base = pts, base
        return out

    def _make(self, frame: av.VideoFrame, tags: ColourTags) -> None:
        graph = Graph()
        base = Fraction(1, 1000)
        size = {"width": frame.width, "height": frame.height}
        frames = graph.add_buffer(**size, format=frame.format, time_base=base)
        luts = graph.add_buffer(width=SIDE, height=SIDE, format=av.VideoFormat("gbrpf32le", SIDE, SIDE), time_base=base)
        into = f"in_color_matrix={tags.matrix}:in_range={tags.range}"
        out = "out_color_matrix=bt709:out_range=tv"
        quality = "flags=bilinear+accurate_rnd"
        to_rgb = graph.add("scale", f"{into}:out_range=pc:{quality}")
        as_rgb = graph.add("format", "pix_fmts=gbrpf32le")
        clut = graph.add("haldclut", "interp=tetrahedral")
        to_yuv = graph.add("scale", f"in_range=pc:{out}:{quality}")
        as_yuv = graph.add("format", "pix_fmts=yuv420p")
        sink = graph.add("buffersink")
        to_rgb.link_to(as_rgb)
        as_rgb.link_to(clut, 0, 0)
        luts.link_to(clut, 0, 1)
        clut.link_to(to_yuv)
        to_yuv.link_to(as_yuv)
        if self.side_by_side:
            split, stack = graph.add("split"), graph.add("hstack")
            plain, as_plain = graph.add("scale", f"{into}:{out}:{quality}"), graph.add("format", "pix_fmts=yuv420p")
            frames.link_to(split)
            split.link_to(to_rgb, 0, 0)
            split.link_to(plain, 1, 0)
            plain.link_to(as_plain)
            as_plain.link_to(stack, 0, 0)
            as_yuv.link_to(stack, 0, 1)
            stack.link_to(sink)
        else:
            frames.link_to(to_rgb)
            as_yuv.link_to(sink)
        graph.configure()
        # the graph owns its filters: without it they are gone
        self._graph, self._frames, self._luts, self._sink = graph, frames, luts, sink


