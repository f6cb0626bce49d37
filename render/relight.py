"""A clip's traces at work: read a frame's layers, add them up for each lighting or keep them, denoise, place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import InputError
from render.camera import Film
from render.compose import Lens, denoised, denoised_matte, weighted_sum
from render.composer import Clock, Composer, SubjectLight
from render.config import RenderConfig
from render.job import STAGE, STUDIO, ClipShape, WorldLight, room_name, traced_samples
from render.kept import Planes, finished_planes
from render.layers import LightLayers, read_layers
from render.light_stage import LightStage, fit_stage, group_name
from render.olat import OlatStage, build_olat, olat_weights
from render.room_parts import save_parts
from render.studio import direction_to_camera
from render.sums import TracedFrame
from scenes.spec import Geometry, Scene


class Relighter(Composer):
    """Everything of a clip that does not change from frame to frame: plates, weights, lens."""

    def __init__(self, scene: Scene, config: RenderConfig, rooms: dict[str, Path], geometry: Geometry, film: Film):
        super().__init__(scene, config, rooms, geometry.head, geometry.head[:, :3, 3].mean(0).astype(np.float64))
        self.film = film
        self.stage: LightStage | OlatStage | None = None
        turns = [(part.image, part.rotation_rad) for part in self.parts]
        if config.rooms == "stage":
            self.stage = fit_stage(turns, config.patches, direction_to_camera(scene.camera, self.face))
        elif config.rooms == "olat":
            self.stage = build_olat(config.olat, scene.camera, self.face, turns)
        for light in scene.lightings:
            if light.layer_gains and not self.keeps:
                raise InputError(f"{light.key}: layer_gains: needs keep: layers in render")
            if light.over_time and self.keeps:
                raise InputError(
                    f"{light.key}: light that changes over a clip: set render.keep to pictures, or "
                    "scenes.room_light.over_time.changing to 0 and change the light when the layers are lit"
                )
            if light.from_stage and not self.keeps:
                raise InputError(
                    f"{light.key}: {min(light.from_stage)}_from: needs rooms: olat and keep: layers in render"
                )
        self.lens = Lens.of(scene.camera, film, scene.width, scene.height)

    @property
    def room_groups(self) -> tuple[str, ...]:
        """Names of the room's light groups."""
        if self.stage is None:
            return tuple(room_name(index) for index in range(len(self.parts)))
        return tuple(group_name(index) for index in range(len(self.stage.strength)))

    def worlds(self, folder: Path) -> list[WorldLight]:
        """The rooms as light, with their files; those that are parts of a room are written into `folder`."""
        if self.stage is not None:
            return []
        names, paths = self.room_groups, save_parts(self.parts, folder)
        return [
            WorldLight(name, str(path), part.rotation_rad)
            for name, path, part in zip(names, paths, self.parts, strict=True)
        ]

    @property
    def reference(self) -> np.ndarray | None:
        """`(R, 3)`: the lighting whose sum is denoised beside the layers: even light, or the mean of a fitted stage's
        rooms; None where each layer is a room."""
        if isinstance(self.stage, OlatStage):
            return olat_weights(self.stage.directions, np.ones((2, 4, 3), np.float32), 0.0)
        return None if self.stage is None else self.stage.weights.mean(0)

    def planes(self, sums: TracedFrame) -> Planes:
        """The frame's layers, finished, as channels of a file."""
        with Clock(self.seconds, "denoise"):
            names = (*self.room_groups, *self.groups)
            return finished_planes(sums, names, self.reference, self.lens, self.config.denoise)

    def read(self, paths: dict[str, Path]) -> SubjectLight:
        """The frame's traces as what each lighting shows, with no help from other frames."""
        return self.lit(self.sums(paths))

    def sums(self, paths: dict[str, Path]) -> TracedFrame:
        """Read the frame's traces and add up what each lighting needs of them; or none, where layers are kept."""
        with Clock(self.seconds, "read"):
            studio = read_layers(paths[STUDIO], self.groups, self.film)
        traced = [studio]
        rooms: list[np.ndarray] = []
        for radiance, layers in self._rooms(paths, studio):
            rooms.append(radiance)
            if layers is not traced[-1]:
                traced.append(layers)
        if not self.keeps:
            rooms = [self._with_lamp(room, lamp, studio) for room, lamp in zip(rooms, self.lamps, strict=True)]
        # One surface for source and target, from all samples of the frame.
        samples = traced_samples(self.config, ClipShape.of(self.scene))
        counts = np.array([samples["studio"], *[samples["room"]] * (len(traced) - 1)], np.float32)
        shares = counts / counts.sum()
        mean = lambda name: np.tensordot(shares, np.stack([getattr(row, name) for row in traced]), 1)
        return TracedFrame(
            rooms=np.stack(rooms),
            studio=self._studio(studio.radiance),
            **{name: mean(name) for name in ("alpha", "things", "albedo", "normal", "world_normal")},
            depth_m=studio.depth_m,
            rest=studio.rest,
        )

    def _with_lamp(self, room: np.ndarray, lamp: np.ndarray, studio: LightLayers) -> np.ndarray:
        return room + studio.radiance[self.groups.index("lamp")] * lamp if lamp.any() else room

    def _studio(self, radiance: np.ndarray) -> np.ndarray:
        if self.keeps:
            return radiance
        return radiance[self.used] if self._by_light else weighted_sum(radiance, self.targets)

    @property
    def keeps(self) -> bool:
        """Whether the layers themselves are kept."""
        return self.config.keep == "layers"

    @property
    def used(self) -> np.ndarray:
        """`(G,)` bool: the studio's lights that any target needs."""
        return self.targets.any((0, 2))

    @property
    def _by_light(self) -> bool:
        """Denoise the studio's lights, not the targets, where those are fewer."""
        return bool(self.used.sum() < len(self.targets))

    def lit(self, sums: TracedFrame) -> SubjectLight:
        """Denoise the sums, make the targets, place both in the output frame."""
        with Clock(self.seconds, "denoise"):
            clean = lambda images: np.stack([denoised(image, sums, self.config.denoise) for image in images])
            rooms, studio = clean(sums.rooms), clean(sums.studio)
            matte = denoised_matte(sums.alpha, self.config.denoise)
            things = denoised_matte(sums.things, self.config.denoise) if sums.things.any() else sums.things
        if self._by_light:
            studio = weighted_sum(studio, self.targets[:, self.used])
        rooms, studio = ([self.lens.place(image) for image in images] for images in (rooms, studio))
        surface = replace(sums, alpha=matte, things=np.minimum(things, matte))
        return SubjectLight(rooms, studio, self.lens.place(matte), self.lens.place(surface.things), surface, self.lens)

    def _rooms(self, paths: dict[str, Path], studio: LightLayers) -> Iterator[tuple[np.ndarray, LightLayers]]:
        """The subject under each room, `(h, w, 3)` noisy, and the layers it came from; under each cell where those are
        kept."""
        if self.stage is None:
            for name in self.room_groups:
                with Clock(self.seconds, "read"):
                    path = paths.get(name)
                    layers = read_layers(path or paths[STUDIO], (name,), self.film)
                yield layers.radiance[0], layers if path else studio
            return
        with Clock(self.seconds, "read"):
            layers = read_layers(paths[STAGE], self.room_groups, self.film)
        if self.keeps:
            lit = layers.radiance
        else:
            with Clock(self.seconds, "compose"):
                lit = weighted_sum(layers.radiance, self.stage.weights)
        for radiance in lit:
            yield radiance, layers
