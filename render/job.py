"""What the processes of a clip are asked to do: the clip's own (`ClipJob`), and the tracing child's (`TraceJob`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.config import validate
from core.errors import InputError
from core.files import write_json
from core.rng import rng_for
from render.camera import Film, camera_to_world, project, whole_film
from render.config import RenderConfig
from render.light_stage import ROWS, LightStage, group_name
from render.olat import OlatStage
from render.studio import SoftBox, soft_boxes
from scenes.spec import Camera, Geometry, Scene

MARGIN_PX = 4
STUDIO = "studio"
STAGE = "stage"


def subject_film(camera: Camera, geometry: Geometry, width: int, height: int) -> Film:
    """The film cropped to the subject: the box of every vertex and strand point over all frames, plus a margin.

    Raises ValueError when the subject is never in view.
    """
    film = whole_film(camera, width, height)
    wide = Camera(camera.position_m, camera.look_at_m, film.hfov_rad, camera.roll_rad)
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for points in _solid_points(geometry):
        pixels = project(wide, points, film.width, film.height, distorted=False).reshape(-1, 2)
        low = np.fmin(low, np.fmin.reduce(pixels, 0))
        high = np.fmax(high, np.fmax.reduce(pixels, 0))
    x0, y0 = np.clip(np.floor(low) - MARGIN_PX, 0, (film.width, film.height)).astype(int)
    x1, y1 = np.clip(np.ceil(high) + MARGIN_PX, 0, (film.width, film.height)).astype(int)
    if x0 >= x1 or y0 >= y1:
        raise ValueError("the subject is outside the camera's view in every frame")
    return Film(film.width, film.height, film.hfov_rad, (int(x0), int(y0), int(x1), int(y1)))


def _solid_points(geometry: Geometry) -> Iterator[np.ndarray]:
    for mesh in geometry.meshes:
        yield from mesh.vertices
    for strands in geometry.strands:
        for frame in range(geometry.frames):
            yield strands.placed(frame)


@dataclass(frozen=True)
class ClipShape:
    """What of a clip decides how much is traced and kept. `own_character`: a user's, whose points only the renderer
    knows, so that its frames cannot share their samples. `parts`: pictures that the lightings' rooms are added up from,
    more than one where a room's light changes; 0: one a lighting, as before a clip is drawn."""

    frames: int
    width: int
    height: int
    lightings: int
    own_character: bool = False
    parts: int = 0

    @staticmethod
    def of(scene: Scene) -> ClipShape:
        """That of a drawn scene."""
        own = scene.subject_blend is not None
        parts = sum(lighting.parts for lighting in scene.lightings)
        return ClipShape(scene.frames, scene.width, scene.height, len(scene.lightings), own, parts)

    @property
    def rooms(self) -> int:
        """Rooms, or parts of them, that light the subject."""
        return self.parts or self.lightings

    @property
    def pixels(self) -> int:
        """Of a frame."""
        return self.width * self.height


def reach_of(config: RenderConfig, shape: ClipShape) -> int:
    """How many frames on either side share their samples: none where the clip has one frame or a user's character."""
    return 0 if shape.own_character or shape.frames == 1 else config.accumulate


def traced_samples(config: RenderConfig, shape: ClipShape) -> dict[str, int]:
    """Samples per pixel of the "room" and the "studio" trace; with `one_trace` the room's are for both."""
    times = config.samples_alone if config.accumulate and not reach_of(config, shape) else 1
    studio = config.samples if config.one_trace else config.studio_samples
    return {"room": config.samples * times, "studio": studio * times}


def room_layers(config: RenderConfig, shape: ClipShape) -> int:
    """Light layers of a frame's room: at most, where the stage is fitted."""
    return {"exact": shape.rooms, "stage": config.patches, "olat": config.olat.count}[config.rooms]


def rays_per_frame(config: RenderConfig, shape: ClipShape) -> float:
    """Camera paths of one traced frame: the studio's (unless it shares the first room's trace) and each room's."""
    samples, rooms = traced_samples(config, shape), shape.rooms if config.rooms == "exact" else 1
    studio = 0 if config.one_trace else samples["studio"]
    return shape.pixels * float(studio + rooms * samples["room"])


def frame_seed(scene: Scene, frame: int) -> int:
    """The sampling seed of a frame, the same for its studio and room traces, so that both hit the same points."""
    return int(rng_for(scene.seed, scene.clip, "render", frame).integers(1, 2**31 - 1))


def room_name(index: int) -> str:
    """Name of the room trace (and light group) of the lighting with this index in `exact` mode."""
    return f"room{index:03d}"


@dataclass(frozen=True)
class ClipJob:
    """What a clip's process is asked to do: trace `scene` under the rooms at these paths (by name), work in `work`,
    leave the samples as a tar at `result`. `layers`: folder of kept ones that are to be lit; then nothing is traced."""

    scene: Scene
    render: RenderConfig
    rooms: dict[str, Path]
    work: Path
    result: Path
    layers: Path | None = None

    def write(self, path: Path) -> None:
        """As JSON. Raises WorkError when the write fails."""
        record = {
            "scene": self.scene.to_json(),
            "render": self.render.model_dump(mode="json"),
            "rooms": {name: str(place) for name, place in self.rooms.items()},
            "work": str(self.work),
            "result": str(self.result),
            "layers": None if self.layers is None else str(self.layers),
        }
        write_json(path, record)

    @staticmethod
    def read(path: Path) -> ClipJob:
        """The inverse of `write`. Raises InputError when the file is not what `write` leaves."""
        try:
            job = json.loads(path.read_text(encoding="utf-8"))
            scene = Scene.from_json(job["scene"])
            rooms = {name: Path(place) for name, place in job["rooms"].items()}
            work, result, render = Path(job["work"]), Path(job["result"]), job.get("render", {})
            layers = None if job.get("layers") is None else Path(job["layers"])
        except (InputError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path}: not a clip job ({type(error).__name__}: {error}); the farm writes these files"
            ) from None
        return ClipJob(scene, validate(render, RenderConfig, name=f"{path}: render"), rooms, work, result, layers)


@dataclass(frozen=True)
class TraceCamera:
    """`matrix`: camera to world, 4 x 4; the film is `width` x `height` pixels, `hfov_rad` wide, of which `box`
    (x0, y0, x1, y1) is traced."""

    matrix: list[list[float]]
    hfov_rad: float
    width: int
    height: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class CyclesSettings:
    """Longest light path, and CPU threads (0: all)."""

    bounces: int
    threads: int


@dataclass(frozen=True)
class WorldLight:
    """An HDRI as world light: its file, and how far it is turned about Z."""

    name: str
    path: str
    rotation_rad: float


@dataclass(frozen=True)
class StageCell:
    """A cell of the light stage: the parts (row0, row1, column0, column1) of the panorama that one light group covers,
    and its strength."""

    name: str
    rects: tuple[tuple[int, int, int, int], ...]
    strength: float


@dataclass(frozen=True)
class StageCells:
    """The virtual light stage about `centre` (metres); its pattern has `rows` rows."""

    centre: list[float]
    rows: int
    cells: tuple[StageCell, ...]


@dataclass(frozen=True)
class Trace:
    """One trace of a frame: a file of its own with a pass for each light group, under `world` or none."""

    name: str
    groups: tuple[str, ...]
    world: str | None
    samples: int


@dataclass(frozen=True)
class FrameSeed:
    """A frame to trace, and its sampling seed."""

    frame: int
    seed: int


@dataclass(frozen=True)
class TraceJob:
    """What the tracing child is asked to do, frames in this order. `rest`: trace where each point stood in frame 0."""

    clip: str
    device: str
    cycles: CyclesSettings
    rest: bool
    camera: TraceCamera
    soft_boxes: tuple[SoftBox, ...]
    worlds: tuple[WorldLight, ...]
    stage: StageCells | None
    traces: tuple[Trace, ...]
    frames: tuple[FrameSeed, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data, as `render.blender.main` reads it by key."""
        return asdict(self)


def make_job(
    scene: Scene,
    config: RenderConfig,
    rooms: dict[str, Path],
    film: Film,
    face: np.ndarray,
    stage: LightStage | OlatStage | None,
    frames: list[int],
    worlds: list[WorldLight] | None = None,
) -> TraceJob:
    """The child's whole instruction for `frames`, in that order. A `stage`'s cells take the place of the worlds: those
    given, or each lighting's room."""
    boxes, samples = soft_boxes(scene, face), traced_samples(config, ClipShape.of(scene))
    if worlds is None or stage is not None:
        worlds = [
            WorldLight(room_name(i), str(rooms[lighting.hdri]), lighting.rotation_rad)
            for i, lighting in enumerate(scene.lightings)
            if stage is None
        ]
    studio = Trace(STUDIO, tuple(box.name for box in boxes), None, samples["studio"])
    traces = [Trace(world.name, (world.name,), world.name, samples["room"]) for world in worlds]
    if config.one_trace:
        first = traces.pop(0)
        studio = replace(first, name=STUDIO, groups=(*studio.groups, *first.groups))
    cells = stage and tuple(
        StageCell(group_name(i), tuple((c.row0, c.row1, c.col0, c.col1) for c in region), float(stage.strength[i]))
        for i, region in enumerate(stage.regions)
    )
    if cells:
        traces = [Trace(STAGE, tuple(cell.name for cell in cells), None, samples["room"])]
    return TraceJob(
        clip=scene.clip,
        device=config.device,
        cycles=CyclesSettings(config.bounces, config.threads),
        rest=config.accumulate > 0,
        camera=TraceCamera(camera_to_world(scene.camera).tolist(), film.hfov_rad, film.width, film.height, film.box),
        soft_boxes=tuple(boxes),
        worlds=tuple(worlds),
        stage=StageCells(face.tolist(), ROWS, cells) if cells else None,
        traces=(studio, *traces),
        frames=tuple(FrameSeed(frame, frame_seed(scene, frame)) for frame in frames),
    )
