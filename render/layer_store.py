"""The folder in which a clip's layers gather, frame by frame, and the record that ends it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.errors import InputError, WorkError
from pairs.layers import (
    FOLDER,
    RECORD,
    FittedStage,
    LayerFile,
    LayerFrame,
    LayerLight,
    LayerLighting,
    LayersInfo,
    file_row,
    read_frame,
    save_layers,
    write_exr,
)
from render.camera import light_to_world
from render.environment import solid_angles, texel_directions
from render.exposure import Exposure
from render.kept import LARGEST, LOSSY_LEVEL, Planes, covered
from render.light_stage import ROWS, LightStage, label_map
from render.mix import LayerMix
from render.olat import UNIT, OlatStage
from render.relight import Relighter
from render.studio import studio_lights
from scenes.records import triple

_CARD = "a white card at the face, turned to it, shows 1"
_CELL = "mean radiance {:.6g}, in the mean pattern of the rooms that the stage was fitted to"


class LayerStore:
    """`layers/` in a clip's work folder: `000000.exr` and so on, each written whole; `layers.json` last.

    `info` is the record without what is known at the end: files, exposures, what traced it.
    """

    def __init__(self, work: Path, lights: Relighter):
        self.folder, self.lights = work / FOLDER, lights
        scene, box = lights.scene, covered(lights.lens, lights.film.box_height, lights.film.box_width)
        self.info = LayersInfo(
            clip=scene.clip,
            width=scene.width,
            height=scene.height,
            fps=scene.fps,
            box=box,
            rooms=lights.config.rooms,
            lights=(*room_lights(lights), *_studio(lights)),
            stage=_fitted(lights.stage),
            frames=(),
            lightings=(),
            head=tuple(tuple(float(value) for value in pose.ravel()) for pose in lights.head),
            face=triple(lights.face),
            device=(),
            engine="",
            scene=scene.to_json(),
            render=lights.config.model_dump(mode="json", exclude={"device", "threads"}),
        )
        self.names, self.shape = tuple(light.name for light in self.info.lights), (box[3] - box[1], box[2] - box[0])
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise WorkError(f"{self.folder}: cannot be made: {error.strerror}") from error

    def _path(self, frame: int) -> Path:
        return self.folder / f"{frame:06d}.exr"

    def has(self, frame: int) -> bool:
        """Is this frame there and whole?"""
        try:
            read_frame(self._path(frame), self.names, self.shape)
        except InputError:
            return False
        return True

    def save(self, frame: int, planes: Planes) -> LayerFrame:
        """Write a finished frame; returns it as the file has it, which pictures are made of. Raises WorkError."""
        self._write(self._path(frame), planes, self.info.box[:2], LOSSY_LEVEL)
        try:
            return read_frame(self._path(frame), self.names, self.shape)
        except InputError as error:
            raise WorkError(f"{error}; is the disk full?") from None

    def _write(self, path: Path, planes: Planes, at: tuple[int, int], lossy: float | None) -> None:
        write_exr(path, planes, (self.info.width, self.info.height), at, lossy)

    def is_finished(self) -> bool:
        """Is the record there?"""
        return (self.folder / RECORD).is_file()

    def finish(self, mix: LayerMix, exposures: list[Exposure], device: list[str], engine: str) -> None:
        """Write the backgrounds and, last, the record."""
        frames = tuple(file_row(self._path(frame)) for frame in range(mix.scene.frames))
        rows = tuple(self._lighting(mix, index, exposure) for index, exposure in enumerate(exposures))
        told = {"frames": frames, "lightings": rows, "device": tuple(device), "engine": engine}
        save_layers(self.folder, self.info.model_copy(update=told))

    def _lighting(self, mix: LayerMix, index: int, exposure: Exposure) -> LayerLighting:
        lighting = mix.scene.lightings[index]
        return LayerLighting(
            key=lighting.key,
            source=_by_name(self.names, mix.sources[index]),
            target=_by_name(self.names, mix.studios[index]),
            exposure={"source": exposure.source, "target": exposure.target},
            target_ambient=lighting.target_ambient,
            background=self._background(index, mix.plates[index]),
        )

    def _background(self, index: int, plate: np.ndarray) -> LayerFile:
        path = self.folder / f"background-{index:02d}.exr"
        planes = {letter: np.clip(plate[..., c], 0.0, LARGEST) for c, letter in enumerate("RGB")}
        self._write(path, planes, (0, 0), None)
        return file_row(path)


def _by_name(names: tuple[str, ...], weights: np.ndarray) -> dict[str, tuple[float, float, float]]:
    return {name: triple(weight) for name, weight in zip(names, weights, strict=True) if weight.any()}


def room_lights(lights: Relighter) -> list[LayerLight]:
    """What is known of each layer of the room."""
    stage, names = lights.stage, lights.room_groups
    if stage is None:
        unit = "the room's own radiance"
        return [LayerLight(name=name, of="room", direction=None, solid_angle_sr=None, unit=unit) for name in names]
    if isinstance(stage, OlatStage):
        where, angles, units = stage.directions, stage.solid_angles_sr, [UNIT] * len(names)
    else:
        where, angles = _middles(stage)
        units = [_CELL.format(strength) for strength in stage.strength]
    return [
        LayerLight(name=name, of="room", direction=_unit(away), solid_angle_sr=float(angle), unit=unit)
        for name, away, angle, unit in zip(names, where, angles, units, strict=True)
    ]


def _middles(stage: LightStage) -> tuple[np.ndarray, np.ndarray]:
    """Direction `(G, 3)` of what is seen of each cell, and its solid angle `(G,)`."""
    labels, omega = label_map(stage.cells).ravel(), np.broadcast_to(solid_angles(ROWS), (ROWS, 2 * ROWS)).ravel()
    away = texel_directions(ROWS).reshape(-1, 3)
    sums = [np.bincount(labels, away[:, axis] * omega, len(stage.cells)) for axis in range(3)]
    return np.stack(sums, -1), np.bincount(labels, omega, len(stage.cells))


def _unit(away: np.ndarray) -> tuple[float, float, float]:
    return triple(away / max(float(np.linalg.norm(away)), 1e-12))


def _studio(lights: Relighter) -> list[LayerLight]:
    found = []
    for name, light in studio_lights(lights.scene).items():
        away = light_to_world(light, lights.face, lights.scene.camera)[:3, 3] - lights.face
        angle = light.size_m[0] * light.size_m[1] / light.distance_m**2
        found.append(LayerLight(name=name, of="studio", direction=_unit(away), solid_angle_sr=angle, unit=_CARD))
    return found


def _fitted(stage: LightStage | OlatStage | None) -> FittedStage | None:
    if not isinstance(stage, LightStage):
        return None
    cells = tuple((cell.row0, cell.row1, cell.col0, cell.col1) for cell in stage.cells)
    return FittedStage(rows=ROWS, cells=cells, strength=tuple(float(value) for value in stage.strength))
