"""Layouts in linear light: every member of a sample as OpenEXR frames, and kept layers as one picture a light."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.colour import linear_from_srgb
from core.errors import InputError
from core.files import write_json
from core.tables import table_text
from pairs.layers import RECORD, SURFACE, THINGS, LayersInfo, load_layers, write_exr
from pairs.layouts import FolderLayout
from pairs.members import member_of
from pairs.shards import Sample
from pairs.video import iter_frames

LETTERS = {"normal": "xyz"}


@dataclass(frozen=True)
class ExrLayout(FolderLayout):
    """`SPLIT/KEY/NNNNNN.exr`, a frame each with every member of the sample as half floats, and `SPLIT/KEY/info.json`.

    `source.R`, `.G`, `.B` and so on are linear Rec.709; `mask.Z`, `depth.Z`, `albedo.R` ..., `normal.x` ... are in the
    units that `pairs.members` reads them in. Lossless (ZIP).
    """

    name = "exr"

    def write(self, sample: Sample, info: dict[str, Any], folder: Path) -> None:
        (folder / "info.json").write_bytes(sample.members["json"])
        entries = [member_of(file) for file in sorted(sample.members) if member_of(file).video]
        videos = [iter_frames(sample.members[entry.file], f"{sample.key}.{entry.file}") for entry in entries]
        for number, frames in enumerate(zip(*videos, strict=True)):
            planes: dict[str, np.ndarray] = {}
            for entry, frame in zip(entries, frames, strict=True):
                values = entry.values(entry.frames(frame))
                if entry.name in ("source", "target"):
                    values = linear_from_srgb(values)
                letters = "Z" if entry.grey else LETTERS.get(entry.name, "RGB")
                planes |= {f"{entry.name}.{c}": plane for c, plane in zip(letters, _planes(values), strict=True)}
            height, width = frames[0].shape[:2]
            write_exr(folder / f"{number:06d}.exr", planes, (width, height), (0, 0), None)


@dataclass(frozen=True)
class OlatLayout(FolderLayout):
    """One light at a time: `SPLIT/CLIP/NNNNNN/NAME.exr`, a picture each (R, G, B, A over the whole frame), beside it
    `surface.exr` with albedo, normal and depth; `SPLIT/CLIP/lights.csv` with directions, and the record and backgrounds
    of the kept layers.

    `layers`: the folder of kept layers of the data set. Half floats, lossless.
    """

    layers: str
    name = "olat"

    def place(self, key: str, split: str) -> str:
        return f"{split}/{clip_of(key)}"

    def write(self, sample: Sample, info: dict[str, Any], folder: Path) -> None:
        if not info.get("layers"):
            raise InputError(f"{sample.key}: was rendered without its layers (render.keep: layers); render it again")
        kept = load_layers(Path(self.layers) / str(info["clip"]), str(info["layers"]))
        said = kept.info
        shutil.copy(kept.folder / RECORD, folder / RECORD)
        for row in said.lightings:
            kept.background(row.key)  # checked
            shutil.copy(kept.folder / row.background.file, folder / row.background.file)
        (folder / "lights.csv").write_text(_lights(said), encoding="utf-8")
        x0, y0, *_ = said.box
        whole = (said.width, said.height)
        for number in range(len(said.frames)):
            frame, place = kept.frame(number), folder / f"{number:06d}"
            place.mkdir()
            for name, light in zip(kept.names, frame.radiance, strict=True):
                planes = dict(zip("RGBA", (*_planes(light), frame.alpha), strict=True))
                write_exr(place / f"{name}.exr", planes, whole, (x0, y0), None)
            surface = (frame.alpha, *_planes(frame.albedo), *_planes(frame.normal), frame.depth_m)
            planes = dict(zip(SURFACE, surface, strict=True)) | ({THINGS: frame.things} if frame.things.any() else {})
            write_exr(place / "surface.exr", planes, whole, (x0, y0), None)

    def index(self, out: Path, records: dict[str, dict[str, Any]], source: Path) -> None:
        fields = ("split", "frames", "width", "height", "fps", "place")
        write_json(
            out / "index.json",
            {str(record["clip"]): {name: record[name] for name in fields} for record in records.values()},
        )


def _planes(values: np.ndarray) -> list[np.ndarray]:
    """`(h, w)` or `(h, w, C)` -> one `(h, w)` a channel."""
    return [values] if values.ndim == 2 else list(np.moveaxis(values, -1, 0))


def _lights(info: LayersInfo) -> str:
    """CSV: each light's file, its direction from the face in the world's axes, and how much of the sphere it fills."""
    rows = []
    for light in info.lights:
        where = ("", "", "") if light.direction is None else light.direction
        up = "" if light.direction is None else math.degrees(math.asin(max(-1.0, min(1.0, light.direction[2]))))
        angle = "" if light.solid_angle_sr is None else light.solid_angle_sr
        rows.append((f"{light.name}.exr", light.of, *where, up, angle, light.unit))
    return table_text(("file", "of", "x", "y", "z", "elevation_deg", "solid_angle_sr", "unit"), rows)


def clip_of(key: str) -> str:
    """A sample's clip, by its key."""
    return key.rpartition("-light-")[0] or key
