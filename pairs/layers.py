"""Kept light layers of a clip: one multilayer EXR a frame, and `layers.json`, which says what each layer is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict, Field

from core.config import Section, validate
from core.errors import InputError, WorkError
from core.files import replacing, write_json
from core.identity import digest, file_digest

FOLDER = "layers"
"""Where a folder of clean shards has them: `layers/CLIP/`."""
RECORD = "layers.json"
FORMAT = "keyfill-layers-1"
AGAIN = "render the clip again"
THINGS = "things.A"
"""A channel that is there where things stand around the person."""
SURFACE = ("A", "albedo.R", "albedo.G", "albedo.B", "normal.x", "normal.y", "normal.z", "depth.Z")
"""Channels beside the lights'. Small letters for the normal: a channel named Y is luma to lossy codecs."""
Rgb = tuple[float, float, float]


class LayerLight(Section):
    """One light, whose layer in every frame is `NAME.R`, `NAME.G`, `NAME.B`."""

    name: str = Field(description="of the layer")
    of: Literal["room", "studio"] = Field(description="whether it is a part of the room or stands in the studio")
    direction: Rgb | None = Field(
        description="from the face to its middle, unit vector in the world's axes (X right, Y away from the camera, "
        "Z up); null: all around"
    )
    solid_angle_sr: float | None = Field(description="that it fills, steradians; null: all around")
    unit: str = Field(description="how strong the light is whose layer this is")


class LayerFile(Section):
    """A file beside `layers.json`."""

    file: str = Field(pattern=r"^[a-z0-9_-]+\.exr$", description="its name")
    bytes: int = Field(ge=0)
    sha256: str = Field(description="of its bytes")


class LayerLighting(Section):
    """How one sample of the clip is made of the layers. All light is linear, A is the frame's coverage:

    source = exposure.source x (sum of weights x layers + (1 - A) x background);
    target = exposure.target x sum of weights x layers + exposure.source x (target_ambient x the source's sum of
    weights x layers + (1 - A) x background). sRGB comes last.
    """

    key: str = Field(description="the sample's")
    source: dict[str, Rgb] = Field(description="weights by layer, linear R, G, B; one that is not named counts nothing")
    target: dict[str, Rgb] = Field(description="the same for the target")
    exposure: dict[str, float] = Field(description="of source and target")
    target_ambient: float = Field(description="share of the room's light in the target")
    background: LayerFile = Field(description="what stands behind the subject, R, G, B over the whole frame")


class FittedStage(Section):
    """The cells of a stage that was fitted to the clip's rooms, on a panorama of `rows` rows and twice as many columns.

    A cell is [row0, row1, column0, column1], ends exclusive; later cells hide what earlier ones have there. Another
    room weighs its mean radiance over the visible part of a cell, divided by the cell's strength.
    """

    rows: int
    cells: tuple[tuple[int, int, int, int], ...]
    strength: tuple[float, ...] = Field(description="mean radiance at which each cell was traced")


class LayersInfo(Section):
    """The record of a clip's kept layers."""

    model_config = ConfigDict(extra="allow")

    format: str = Field(FORMAT, description="version of this record")
    clip: str = Field(description="the traced clip")
    width: int = Field(ge=1, description="of the frame, pixels")
    height: int = Field(ge=1, description="of the frame, pixels")
    fps: float = Field(gt=0, description="frames per second")
    box: tuple[int, int, int, int] = Field(
        description="what of every frame the layers cover: [x0, y0, x1, y1] in pixels, ends exclusive"
    )
    rooms: str = Field(description="how the room was traced, as in `render.rooms`")
    lights: tuple[LayerLight, ...] = Field(description="the layers, in the order in which they are added up")
    stage: FittedStage | None = Field(description="`rooms: stage` alone: the cells behind the room's layers")
    frames: tuple[LayerFile, ...] = Field(description="one EXR each, in order")
    lightings: tuple[LayerLighting, ...] = Field(description="the clip's samples, made of the layers")
    head: tuple[tuple[float, ...], ...] = Field(
        description="per frame 16 numbers, row by row: head to world, metres; its origin is between the eyes"
    )
    face: Rgb = Field(description="where it is on average: what the lights aim at, metres in the world")
    device: tuple[str, ...] = Field(description="what traced it")
    engine: str = Field(description="version of the renderer")
    scene: dict[str, Any] = Field(description="all that was drawn for the clip, as in `KEY.json`")
    render: dict[str, Any] = Field(description="the `render` section it was traced with, as in `KEY.json`")

    @property
    def head_poses(self) -> np.ndarray:
        """`(T, 4, 4)` float64: `head` as matrices."""
        return np.array(self.head).reshape(-1, 4, 4)

    @property
    def identity(self) -> str:
        """Digest of what the frames hold; the samples of the clip name it as `layers`."""
        return digest("layers-1", self.box, [light.name for light in self.lights], [row.sha256 for row in self.frames])


@dataclass(frozen=True, eq=False)
class LayerFrame:
    """One frame over the box of h x w pixels, all float16, premultiplied where it has colour.

    `radiance`: `(G, h, w, 3)` linear Rec.709, one layer a light; `alpha`: `(h, w)` coverage `[0, 1]`, of which `things`
    `(h, w)` by what stands around the person; `albedo`: `(h, w, 3)` linear; `normal`: `(h, w, 3)`, world axes;
    `depth_m`: `(h, w)`, metres along the view axis, inf where there is no surface.
    """

    radiance: np.ndarray
    alpha: np.ndarray
    things: np.ndarray
    albedo: np.ndarray
    normal: np.ndarray
    depth_m: np.ndarray


@dataclass(frozen=True, eq=False)
class KeptLayers:
    """The layers in `folder`, as their record says."""

    folder: Path
    info: LayersInfo

    def frame(self, number: int) -> LayerFrame:
        """One frame, every byte checked. Raises InputError naming the file when it is missing, damaged or another's."""
        row = self.info.frames[number]
        check_file(self.folder, row)
        x0, y0, x1, y1 = self.info.box
        return read_frame(self.folder / row.file, self.names, (y1 - y0, x1 - x0))

    def background(self, key: str) -> np.ndarray:
        """`(H, W, 3)` float16 linear: what stands behind the subject in the sample `key`. Raises as `frame` does."""
        row = next((lighting.background for lighting in self.info.lightings if lighting.key == key), None)
        if row is None:
            raise InputError(f"{self.folder / RECORD}: no lighting {key!r}")
        check_file(self.folder, row)
        planes, _ = _planes(self.folder / row.file, ("R", "G", "B"), (self.info.height, self.info.width))
        return planes.transpose(1, 2, 0)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the lights."""
        return tuple(light.name for light in self.info.lights)


def load_layers(folder: Path, identity: str | None = None) -> KeptLayers:
    """The record of the layers in `folder`. Raises InputError when there is none, or when they are not those of
    `identity` (`layers` in the samples' JSON)."""
    path = folder / RECORD
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: not there; the clip was rendered without render.keep: layers") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: damaged, not JSON ({error}); {AGAIN}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        said = data.get("format") if isinstance(data, dict) else None
        raise InputError(f"{path}: format is {said!r}, expected {FORMAT!r}; {AGAIN} with this version")
    info = validate(data, LayersInfo, name=str(path))
    info = info.model_copy(update={"scene": data["scene"], "render": data["render"]})  # plain JSON, lists and all
    if identity is not None and info.identity != identity:
        raise InputError(f"{path}: these are not the layers that the clip's samples were made of; {AGAIN}")
    return KeptLayers(folder, info)


def layer_faults(folder: Path, sha256: str, whole: bool = True) -> list[str]:
    """What is wrong with the layers in `folder` whose record has this digest, a line each; `whole`: every byte is read,
    otherwise only sizes are compared."""
    try:
        layers = load_layers(folder)
        if file_digest(folder / RECORD) != sha256:
            return [f"{folder / RECORD}: not the record that the manifest names; {AGAIN}"]
    except InputError as error:
        return [str(error)]
    faults = []
    for row in (*layers.info.frames, *(lighting.background for lighting in layers.info.lightings)):
        try:
            check_file(folder, row, whole)
        except InputError as error:
            faults.append(str(error))
    return faults


def kept_facts(folder: Path) -> dict[str, Any]:
    """What the manifest says of a clip's layers: the digest of their record, and bytes of all files."""
    return {"sha256": file_digest(folder / RECORD), "bytes": sum(path.stat().st_size for path in folder.iterdir())}


def save_layers(folder: Path, info: LayersInfo) -> None:
    """Write the record, last of all files. Raises WorkError."""
    write_json(folder / RECORD, info.model_dump(mode="json"))


def file_row(path: Path) -> LayerFile:
    """What the record says of a file that is there."""
    return LayerFile(file=path.name, bytes=path.stat().st_size, sha256=file_digest(path))


def check_file(folder: Path, row: LayerFile, whole: bool = True) -> None:
    """Raises InputError in one line unless the file is there with the bytes that the record says (or, unless `whole`,
    as many)."""
    path = folder / row.file
    try:
        size = path.stat().st_size
        if size != row.bytes:
            raise InputError(f"{path}: {size:,} bytes, {RECORD} says {row.bytes:,}; it was cut or changed, {AGAIN}")
        if whole and file_digest(path) != row.sha256:
            raise InputError(f"{path}: damaged, or of another clip (sha256 differs from {RECORD}); {AGAIN}")
    except FileNotFoundError:
        raise InputError(f"{path}: the layer file is missing; {AGAIN}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def read_frame(path: Path, names: tuple[str, ...], shape: tuple[int, int]) -> LayerFrame:
    """The EXR of one frame with these lights and `(h, w)`. Raises InputError when it cannot be read or is another's."""
    wanted = [f"{name}.{letter}" for name in names for letter in "RGB"]
    planes, things = _planes(path, (*wanted, *SURFACE), shape, THINGS)
    radiance = planes[: len(wanted)].reshape(len(names), 3, *shape).transpose(0, 2, 3, 1)
    alpha, albedo, normal, depth = np.split(planes[len(wanted) :], (1, 4, 7))
    return LayerFrame(radiance, alpha[0], things, albedo.transpose(1, 2, 0), normal.transpose(1, 2, 0), depth[0])


def write_exr(
    path: Path, planes: Mapping[str, np.ndarray], frame: tuple[int, int], at: tuple[int, int], lossy: float | None
) -> None:
    """Half floats `(h, w)` by channel as one EXR, whose data stand at `at` (x, y) of a frame (width, height).

    `lossy`: the level of lossy coding (DWAB; 45 is the codec's own), None: lossless. The same input gives the same
    bytes. Raises WorkError when it cannot be written or read back.
    """
    import OpenEXR

    height, width = next(iter(planes.values())).shape
    x, y = at
    corner = lambda a, b: np.array([a, b], np.int32)
    header: dict[str, Any] = {
        "type": OpenEXR.scanlineimage,
        "compression": OpenEXR.ZIP_COMPRESSION if lossy is None else OpenEXR.DWAB_COMPRESSION,
        "dataWindow": (corner(x, y), corner(x + width - 1, y + height - 1)),
        "displayWindow": (corner(0, 0), corner(frame[0] - 1, frame[1] - 1)),
    }
    if lossy is not None:
        header["dwaCompressionLevel"] = float(lossy)
    halves = {name: np.ascontiguousarray(plane, np.float16) for name, plane in planes.items()}
    with replacing(path, last=False) as temporary:
        try:
            with OpenEXR.File(header, halves) as file:
                file.write(str(temporary))
        except Exception as error:
            raise WorkError(f"{path}: cannot be written ({error}); is the disk full?") from None


def _planes(
    path: Path, names: tuple[str, ...], shape: tuple[int, int], extra: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """`(C, h, w)` float16, and `(h, w)` of a channel that need not be there, 0 without it."""
    import OpenEXR

    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = {name: channel.pixels for name, channel in file.channels().items()}
    except Exception as error:
        raise InputError(f"{path}: cannot be read as an EXR ({error}); {AGAIN}") from None
    if missing := [name for name in names if name not in channels]:
        raise InputError(f"{path}: lacks the channel {missing[0]}; it is of other layers, {AGAIN}")
    out = np.empty((len(names), *shape), np.float16)
    for index, name in enumerate(names):
        if channels[name].shape != shape:
            found = f"{channels[name].shape[1]}x{channels[name].shape[0]}"
            raise InputError(f"{path}: {name} is {found}, expected {shape[1]}x{shape[0]}; {AGAIN}")
        out[index] = channels[name]
    return out, channels[extra].astype(np.float16) if extra in channels else np.zeros(shape, np.float16)
