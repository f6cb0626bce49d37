"""What the renderer is handed: frozen records and arrays, standard library and numpy only.

Units everywhere: metres, radians, watts, kelvin. Axes as in Blender: Z up; the subject faces -Y; the camera stands at
negative Y and looks along +Y; between the eyes is `EYES_M`. Linear colours are Rec.709.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scenes.motion.record import Excerpt, Motion
from scenes.over_time import OverTime
from scenes.person_record import Person
from scenes.records import ABSENT, from_json, to_json
from scenes.seat.record import Seat

Vec3 = tuple[float, float, float]
EYE_HEIGHT_M = 1.2
EYES_M: Vec3 = (0.0, 0.0, EYE_HEIGHT_M)
FACE_M = 0.19
"""Brow to chin and a little forehead: what "face height" means in framing."""


@dataclass(frozen=True)
class Asset:
    """Something a scene uses that somebody made: its name, licence, author and where it came from."""

    name: str
    licence: str
    author: str = ""
    source: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Camera:
    """A webcam. `position_m` -> `look_at_m`, then rolled about the view axis; pinhole plus a mild radial distortion.

    `distortion_k1`: r_distorted = r (1 + k1 r^2), r in units of half the frame's width; negative is barrel.
    `f_stop` and `focus_m` give the defocus of the background plate; the subject is in focus.
    """

    position_m: Vec3
    look_at_m: Vec3
    hfov_rad: float
    roll_rad: float = 0.0
    distortion_k1: float = 0.0
    f_stop: float = 2.0
    sensor_width_m: float = 0.0048
    focus_m: float = 0.6


@dataclass(frozen=True)
class AreaLight:
    """A soft box as a photographer would describe it, relative to the face and the camera.

    `azimuth_rad`: 0 is the camera's direction, positive towards the camera's right; `elevation_rad` above the face.
    `size_m` is (width, height) of the emitting rectangle, which faces the face. Strength is set in composition.
    """

    azimuth_rad: float
    elevation_rad: float
    distance_m: float
    size_m: tuple[float, float]


@dataclass(frozen=True)
class Studio:
    """The target's light: where key, fill and (optionally) rim stand. Colours and ratio belong to a `Lighting`."""

    key: AreaLight
    fill: AreaLight
    rim: AreaLight | None = None


@dataclass(frozen=True)
class LightFrom:
    """A studio light made of the lights of a stage (`render.rooms: olat`): those around a direction seen from the face,
    angles as in `AreaLight`, each counting as a normal curve of this standard deviation over the angle has it."""

    azimuth_rad: float
    elevation_rad: float
    spread_rad: float


@dataclass(frozen=True)
class Webcam:
    """A webcam's automatic exposure: the whole frame goes to the mean sRGB luma `frame_level`, or, with `face_weight`,
    the face to `face_goal` of its light in the target; never outside `face_limits`, shares of that light too."""

    frame_level: float
    face_weight: float
    face_goal: float
    face_limits: tuple[float, float]


@dataclass(frozen=True)
class LayerGain:
    """A factor on one light of the room, `layer`, as kept layers name it: linear R, G, B."""

    layer: str
    gain: tuple[float, float, float]


@dataclass(frozen=True)
class Lighting:
    """One way to light a traced clip: a room for the source, a studio balance for the target. Chosen after tracing.

    `rotation_rad` turns the HDRI about Z. `key_fill_ratio` is key : fill illuminance at the face. `exposure_ev` is
    added to the camera's own choice. `target_ambient` is the share of the room's light that also reaches the subject
    in the target (0: the room is background only). `desk_lamp_gain` scales the optional lamp near the face, source
    only. `key_from`, `fill_from`, `rim_from` take the place of the studio's own lights where layers are kept.
    `webcam`: the camera's automatic exposure, where it is not the `render` section's.
    `over_time`: what changes in the room's light over the clip.
    `source_of`: key of an earlier lighting of the clip with the same room, whose exposure of the source is this one's.
    `layer_gains`: factors on single lights of the room, where layers are kept.
    """

    key: str
    hdri: str
    rotation_rad: float
    exposure_ev: float = 0.0
    key_fill_ratio: float = 2.0
    key_temperature_k: float = 5600.0
    fill_temperature_k: float = 5600.0
    rim_gain: float = 0.0
    target_ambient: float = 0.0
    desk_lamp_gain: float = 0.0
    desk_lamp_temperature_k: float = 3200.0
    key_from: LightFrom | None = field(default=None, metadata=ABSENT)
    fill_from: LightFrom | None = field(default=None, metadata=ABSENT)
    rim_from: LightFrom | None = field(default=None, metadata=ABSENT)
    source_of: str | None = field(default=None, metadata=ABSENT)
    webcam: Webcam | None = field(default=None, metadata=ABSENT)
    layer_gains: tuple[LayerGain, ...] | None = field(default=None, metadata=ABSENT)
    over_time: OverTime | None = field(default=None, metadata=ABSENT)

    @property
    def parts(self) -> int:
        """Pictures of the room that the source is added up from: one, or more where its light changes."""
        return 1 if self.over_time is None else self.over_time.parts

    @property
    def from_stage(self) -> dict[str, LightFrom]:
        """The studio's lights that are made of the stage's, by name."""
        found = {"key": self.key_from, "fill": self.fill_from, "rim": self.rim_from}
        return {name: light for name, light in found.items() if light is not None}


@dataclass(frozen=True)
class SubjectBlend:
    """A user's own character: `collection` in the file `blend`, whose head is `head`; `sha256` of the file."""

    blend: str
    collection: str
    head: str
    sha256: str


@dataclass(frozen=True)
class Company:
    """A second person and how they move: where their eyes are from the first's, metres towards the first's right
    hand, behind and up, and how far the body is turned, positive to their left."""

    right_m: float
    behind_m: float
    up_m: float
    turn_rad: float
    person: Person
    motion: Motion | Excerpt


@dataclass(frozen=True)
class Scene:
    """One clip, whole: who (`person`), how they move (`motion`), camera, studio, lightings, the assets used; `seat`:
    how they sit, and what stands around them; `company`: a second person."""

    clip: str
    seed: int
    split: str
    width: int
    height: int
    fps: float
    frames: int
    camera: Camera
    studio: Studio
    lightings: tuple[Lighting, ...]
    person: Person
    motion: Motion | Excerpt
    desk_lamp: AreaLight | None = None
    subject_blend: SubjectBlend | None = None
    assets: tuple[Asset, ...] = ()
    redraw: int = 0
    seat: Seat | None = field(default=None, metadata=ABSENT)
    company: Company | None = field(default=None, metadata=ABSENT)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data with every field."""
        return to_json(self)

    @staticmethod
    def from_json(data: Any) -> Scene:
        """The inverse of `to_json`; InputError names the key that is missing, unknown or of another kind."""
        return from_json(Scene, data, "scene")


@dataclass(frozen=True)
class Material:
    """A surface by kind ("skin", "eye", "cornea", "teeth", "tongue", "cloth", "hair", "lash", "glass", "plastic", ...).

    `params` are the kind's numbers (documented in `render.blender.materials`); `textures` maps a slot of the kind
    (e.g. "base_color", "roughness", "bump") to the name of an image in `Geometry.images`. `thing`: it is the room's and
    not the person's, so no part of the mask, and in the target it stays in the room's light.
    """

    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    textures: dict[str, str] = field(default_factory=dict)
    thing: bool = False


@dataclass(frozen=True, eq=False)
class Mesh:
    """Polygons that share one material.

    `vertices`: `(T, V, 3)` float32 metres, T = frames or 1 (still). `faces`: `(F, 4)` int32, fourth -1 in triangles.
    `uv`: `(F, 4, 2)` float32 per corner or None. `attributes`: per-vertex float32 `(V,)` or `(V, 3)` by name.
    `per_frame`: float32 `(T, 3)` by name, one value of the whole mesh at each frame, which its material reads.
    """

    name: str
    material: str
    vertices: np.ndarray
    faces: np.ndarray
    uv: np.ndarray | None = None
    attributes: dict[str, np.ndarray] = field(default_factory=dict)
    smooth: bool = True
    subdivisions: int = 0
    per_frame: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Strands:
    """Hair of one kind. `points`: `(T, N, K, 3)` float32 metres, T = frames or 1; `radius_m`: `(N, K)` float32.

    `transforms`: `(T, 4, 4)` float32 or None; a rigid motion per frame on top of `points` (cheap: no geometry update).
    """

    name: str
    material: str
    points: np.ndarray
    radius_m: np.ndarray
    transforms: np.ndarray | None = None

    def placed(self, frame: int) -> np.ndarray:
        """`(N, K, 3)` metres: the points in the world at a frame."""
        points = self.points[frame % len(self.points)]
        if self.transforms is None:
            return points
        return points @ self.transforms[frame][:3, :3].T + self.transforms[frame][:3, 3]


@dataclass(frozen=True, eq=False)
class Geometry:
    """Everything solid in a clip. `images`: textures `(H, W, 3)` uint8 sRGB (colour) or `(H, W)` uint8 (data).

    `head`: `(T, 4, 4)` float32 head-to-world per frame, origin between the eyes: the face is what lights and framing
    aim at. `subject`: a user's own character (`blend`, `collection`, `head`), which the renderer appends.
    """

    frames: int
    head: np.ndarray
    materials: dict[str, Material]
    meshes: tuple[Mesh, ...]
    strands: tuple[Strands, ...] = ()
    images: dict[str, np.ndarray] = field(default_factory=dict)
    subject: dict[str, Any] | None = None

    def save(self, path: Path) -> None:
        """Write one `.npz`, no pickles: the records as JSON bytes, the arrays beside them."""
        arrays: dict[str, np.ndarray] = {"head": self.head}
        meshes, strands = [], []
        for i, mesh in enumerate(self.meshes):
            arrays[f"mesh{i}.vertices"], arrays[f"mesh{i}.faces"] = mesh.vertices, mesh.faces
            if mesh.uv is not None:
                arrays[f"mesh{i}.uv"] = mesh.uv
            for name, values in mesh.attributes.items():
                arrays[f"mesh{i}.attribute.{name}"] = values
            for name, values in mesh.per_frame.items():
                arrays[f"mesh{i}.frame.{name}"] = values
            meshes.append(
                {
                    "name": mesh.name,
                    "material": mesh.material,
                    "smooth": mesh.smooth,
                    "subdivisions": mesh.subdivisions,
                    "attributes": sorted(mesh.attributes),
                    "per_frame": sorted(mesh.per_frame),
                }
            )
        for i, group in enumerate(self.strands):
            arrays[f"strands{i}.points"], arrays[f"strands{i}.radius_m"] = group.points, group.radius_m
            if group.transforms is not None:
                arrays[f"strands{i}.transforms"] = group.transforms
            strands.append({"name": group.name, "material": group.material})
        for name, image in self.images.items():
            arrays[f"image.{name}"] = image
        record = {
            "frames": self.frames,
            "materials": {name: dataclasses.asdict(material) for name, material in self.materials.items()},
            "meshes": meshes,
            "strands": strands,
            "images": sorted(self.images),
            "subject": self.subject,
        }
        arrays["record"] = np.frombuffer(json.dumps(record, sort_keys=True).encode(), np.uint8)
        np.savez(path, **arrays)

    @staticmethod
    def load(path: Path) -> Geometry:
        """The inverse of `save`."""
        with np.load(path, allow_pickle=False) as arrays:
            record = json.loads(arrays["record"].tobytes())
            get = lambda name: arrays[name] if name in arrays.files else None
            meshes = tuple(
                Mesh(
                    row["name"],
                    row["material"],
                    arrays[f"mesh{i}.vertices"],
                    arrays[f"mesh{i}.faces"],
                    get(f"mesh{i}.uv"),
                    {name: arrays[f"mesh{i}.attribute.{name}"] for name in row["attributes"]},
                    row["smooth"],
                    row["subdivisions"],
                    {name: arrays[f"mesh{i}.frame.{name}"] for name in row["per_frame"]},
                )
                for i, row in enumerate(record["meshes"])
            )
            strands = tuple(
                Strands(
                    row["name"],
                    row["material"],
                    arrays[f"strands{i}.points"],
                    arrays[f"strands{i}.radius_m"],
                    get(f"strands{i}.transforms"),
                )
                for i, row in enumerate(record["strands"])
            )
            return Geometry(
                record["frames"],
                arrays["head"],
                {name: Material(**row) for name, row in record["materials"].items()},
                meshes,
                strands,
                {name: arrays[f"image.{name}"] for name in record["images"]},
                record["subject"],
            )
