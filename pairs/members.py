"""Every member that a sample can have: the one table for all that write, read, check, convert or describe samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.colour import linear_from_srgb, quantise, srgb_from_linear, unit_from_levels

Content = Literal["picture", "grey", "numbers"]
"""What a video holds, always of full range: sRGB pictures (tagged so), one channel, or three that are no colour."""
NEAREST_M = 0.2
"""The distance that the brightest level of a depth frame stands for."""


@dataclass(frozen=True)
class Member:
    """One kind of file in a sample: `KEY.json`, or a video `KEY.NAME.mkv`, lossless, in Matroska.

    `meaning`: what it shows. `writer`: the stage that writes it first. `stored`: what a stored level stands for;
    `decoded`: dtype, range and unit of `values`. `bits` of each channel in clean shards, `degraded_bits` in pair
    shards. `content`: sRGB pictures, numbers of one channel ("grey", which readers give without a channel axis) or of
    three. `predicted`: stored as `pairs.predicted` has it where that is smaller, as much of it stands still (degrading
    ends that for the source). `follows`: whose frames a video shows, frame by frame: "source", as the call delivered
    them, or "target"; "" for what has no frames.
    """

    name: str
    meaning: str
    writer: Literal["render", "degrade", "ingest"]
    stored: str = ""
    decoded: str = ""
    video: bool = True
    required: bool = False
    bits: int = 8
    degraded_bits: int = 8
    content: Content = "picture"
    predicted: bool = False
    follows: Literal["", "source", "target"] = "target"

    @property
    def file(self) -> str:
        """Its name in a shard, after the sample's key and a dot."""
        return f"{self.name}.mkv" if self.video else self.name

    @property
    def grey(self) -> bool:
        """Whether it has one channel."""
        return self.content == "grey"

    @property
    def description(self) -> str:
        """Meaning and coding in a few words, for a data card or a catalogue."""
        coding = "lossless grey" if self.grey else "lossless RGB"
        return f"{self.meaning} ({coding})" if self.video else self.meaning

    def dtype(self, kind: str) -> type[np.unsignedinteger]:
        """Type of its decoded frames in shards of this kind: uint8 `[0, 255]`, or uint16 `[0, 1023]` for 10 bits."""
        return np.uint8 if (self.degraded_bits if kind == "pairs" else self.bits) == 8 else np.uint16

    def frames(self, decoded: np.ndarray) -> np.ndarray:
        """Decoded video frames `(..., H, W, 3)` as readers give them: `(..., H, W)` where it is grey."""
        return decoded[..., 0] if self.grey else decoded

    def values(self, frames: np.ndarray) -> np.ndarray:
        """Frames as readers give them (uint8 or uint16, `(..., H, W)` where grey, else `(..., H, W, 3)`) as float32
        numbers of the same shape: what `decoded` says. ValueError for a colour member without colour channels."""
        if not self.grey and (frames.ndim < 3 or frames.shape[-1] != 3):
            raise ValueError(f"{self.name}: frames are {frames.shape}, expected (..., H, W, 3)")
        unit = unit_from_levels(frames)
        return _CODINGS[self.name][1](unit) if self.name in _CODINGS else unit

    def levels(self, values: np.ndarray) -> np.ndarray:
        """The other way, for a lossless video of a clean shard: `(H, W, 3)` uint8, or uint16 with 10 bits."""
        unit = _CODINGS[self.name][0](values) if self.name in _CODINGS else values
        levels = quantise(unit, self.bits)
        return np.repeat(levels[..., None], 3, -1) if self.grey else levels


def _unit_from_depth(depth_m: np.ndarray) -> np.ndarray:
    return np.where((depth_m > 0.01) & (depth_m < 100.0), NEAREST_M / np.maximum(depth_m, NEAREST_M), 0.0)


def _depth_from_unit(unit: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.where(unit > 0, NEAREST_M / unit, np.inf).astype(np.float32)


_CODINGS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
    "albedo": (srgb_from_linear, linear_from_srgb),
    "normal": (lambda normal: normal / 2 + 0.5, lambda unit: unit * 2 - 1),
    "depth": (_unit_from_depth, _depth_from_unit),
}
"""From values to the unit that levels are fractions of, and back; a member that is not here has such values."""
MEMBERS = {
    member.name: member
    for member in (
        Member(
            "json",
            "what was drawn for the sample: person, camera, lights, room, exposure, degradation, face boxes, assets",
            "render",
            video=False,
            required=True,
            follows="",
        ),
        Member(
            "source",
            "the person under the room's light",
            "render",
            stored="sRGB; 10 bits as rendered, 8 bits once degraded",
            decoded="sRGB, float32 [0, 1]",
            required=True,
            bits=10,
            predicted=True,
            follows="source",
        ),
        Member(
            "target",
            "the same moments under a studio key and fill light",
            "render",
            stored="sRGB",
            decoded="sRGB, float32 [0, 1]",
            required=True,
            predicted=True,
        ),
        Member(
            "mask",
            "255 on people, 0 elsewhere; chair, desk and the like are none",
            "render",
            stored="coverage of the pixel by the subject, level / 255",
            decoded="coverage, float32 [0, 1]",
            content="grey",
        ),
        Member(
            "albedo",
            "the subject's surface colour, 0 elsewhere",
            "render",
            stored="sRGB of the linear colour, premultiplied by coverage",
            decoded="linear Rec.709, premultiplied by coverage, float32 [0, 1]",
        ),
        Member(
            "normal",
            "the subject's surface normal in the world's axes (X right, Y away from the camera, Z up)",
            "render",
            stored="(n + 1) / 2 x 1023; no surface: the level of 0",
            decoded="unit vector premultiplied by coverage, float32 [-1, 1]",
            bits=10,
            degraded_bits=10,
            content="numbers",
        ),
        Member(
            "depth",
            "the subject's distance along the view axis",
            "render",
            stored=f"inverse distance, {NEAREST_M:g} m / z x 1023; no surface: 0",
            decoded=f"metres, float32 [{NEAREST_M:g}, inf]; inf where there is no surface",
            bits=10,
            degraded_bits=10,
            content="grey",
        ),
        Member(
            "person",
            "real clips: 255 on the person, 0 elsewhere, by a network",
            "ingest",
            stored="coverage of the pixel by the person, level / 255",
            decoded="coverage, float32 [0, 1]",
            content="grey",
            follows="source",
        ),
        Member(
            "face",
            "real clips: 255 inside the outline of the largest face, 0 elsewhere, by a network",
            "ingest",
            stored="255 or 0",
            decoded="0 or 1, float32 [0, 1]",
            content="grey",
            follows="source",
        ),
    )
}
REQUIRED = tuple(member.file for member in MEMBERS.values() if member.required)
"""Files without which a sample is none."""


def member_of(file: str) -> Member:
    """The table's entry for a file of a sample, e.g. "source.mkv". One that is not in the table, put into a shard by
    somebody else, is a member all the same: a video if its name says so, which follows the target."""
    name, dot, kind = file.rpartition(".")
    if dot and kind == "mkv":
        return MEMBERS.get(name) or Member(name, file, "render")
    return MEMBERS.get(file) or Member(file, file, "render", video=False, follows="")
