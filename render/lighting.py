"""A clip's lightings at work: reads a frame's layers, meters the camera, composes every source and target of the frame."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pairs.colour import luminance, quantise, srgb_from_linear
from render.blender.view import Film
from render.checkpoint import LitFrame
from render.compose import Lens, denoised, over, weighted_sum
from render.config import RenderConfig
from render.exposure import Exposure, face_ellipse, face_mask, source_exposure, studio_level
from render.hdri import background_plate, load_hdri, sphere_luminance
from render.job import STAGE, STUDIO, room_name
from render.layers import LightLayers, read_layers
from render.stage import fit_stage, group_name
from render.studio import direction_to_camera, lamp_weight, studio_lights, target_weights
from scenes.spec import Geometry, Scene


@dataclass(frozen=True, eq=False)
class FrameLight:
    """One frame before exposure, over the output frame, linear and premultiplied: `rooms` `(K, H, W, 3)` with alpha
    `room_alpha` `(K, H, W)`, `studio` by group `(H, W, 3)` with `studio_alpha` `(H, W)`; `guides` the studio's layers."""

    rooms: list[np.ndarray]
    room_alpha: list[np.ndarray]
    studio: dict[str, np.ndarray]
    studio_alpha: np.ndarray
    guides: LightLayers


class Lights:
    """Everything of a clip that does not change from frame to frame: plates, weights, lens."""

    def __init__(self, scene: Scene, config: RenderConfig, rooms: dict[str, Path], geometry: Geometry, film: Film):
        self.scene, self.config, self.film, self.head = scene, config, film, geometry.head
        self.face = geometry.head[:, :3, 3].mean(0).astype(np.float64)
        self.seconds: dict[str, float] = {}
        images = {name: load_hdri(rooms[name]) for name in sorted({light.hdri for light in scene.lightings})}
        self.plates = [
            background_plate(images[light.hdri], scene.camera, light.rotation_rad, scene.width, scene.height)
            for light in scene.lightings
        ]
        self.lamps = [lamp_weight(light, sphere_luminance(images[light.hdri])) for light in scene.lightings]
        self.targets = [target_weights(scene, light, self.face) for light in scene.lightings]
        self.groups = tuple(studio_lights(scene))
        self.stage = None
        if config.rooms == "stage":
            turns = [(images[light.hdri], light.rotation_rad) for light in scene.lightings]
            self.stage = fit_stage(turns, config.patches, direction_to_camera(scene.camera, self.face))
        self.lens = Lens.of(scene.camera, film, scene.width, scene.height)

    def read(self, paths: dict[str, Path]) -> FrameLight:
        """Read the frame's traces, denoise what each light gives, place it in the output frame."""
        box = (self.film.box_width, self.film.box_height)
        with _Clock(self.seconds, "read"):
            studio = read_layers(paths[STUDIO], self.groups, *box)
        lit = {}
        with _Clock(self.seconds, "denoise"):
            for index, name in enumerate(self.groups):
                if self._used(name):
                    lit[name] = self.lens.place(denoised(studio.radiance[index], studio, self.config.denoise))
        rooms, alphas = [], []
        for radiance, layers in self._rooms(paths, box):
            with _Clock(self.seconds, "denoise"):
                rooms.append(self.lens.place(denoised(radiance, layers, self.config.denoise)))
            alphas.append(self.lens.place(layers.alpha))
        return FrameLight(rooms, alphas, lit, self.lens.place(studio.alpha), studio)

    def _rooms(self, paths: dict[str, Path], box: tuple[int, int]) -> Iterator[tuple[np.ndarray, LightLayers]]:
        """The subject under each room, `(h, w, 3)` noisy, and the layers it came from."""
        if self.stage is None:
            for index in range(len(self.scene.lightings)):
                with _Clock(self.seconds, "read"):
                    layers = read_layers(paths[room_name(index)], (room_name(index),), *box)
                yield layers.radiance[0], layers
            return
        with _Clock(self.seconds, "read"):
            layers = read_layers(paths[STAGE], tuple(group_name(i) for i in range(len(self.stage.cells))), *box)
        with _Clock(self.seconds, "compose"):
            lit = weighted_sum(layers, self.stage.weights)
        for radiance in lit:
            yield radiance, layers

    def _used(self, group: str) -> bool:
        if group == "lamp":
            return any(weight.any() for weight in self.lamps)
        return any(weights[group].any() for weights in self.targets)

    def _subject(self, light: FrameLight, index: int) -> np.ndarray:
        """The subject under the room and the desk lamp, scene-linear, premultiplied."""
        room = light.rooms[index]
        return room + light.studio["lamp"] * self.lamps[index] if "lamp" in light.studio else room

    def source(self, light: FrameLight, index: int) -> np.ndarray:
        """`(H, W, 3)` scene-linear: the subject in the room's light before the room."""
        return over(self._subject(light, index), light.room_alpha[index], self.plates[index])

    def studio(self, light: FrameLight, index: int) -> np.ndarray:
        """`(H, W, 3)` linear, premultiplied: the subject in studio light; a white card at the face shows 1."""
        weights = self.targets[index]
        return sum(light.studio[name] * weight for name, weight in weights.items() if name in light.studio)

    def target(self, light: FrameLight, index: int, exposure: Exposure) -> np.ndarray:
        """`(H, W, 3)` display-linear: the subject in studio light before the same plate at the same exposure."""
        subject = self.studio(light, index) * np.float32(exposure.target)
        ambient = self.scene.lightings[index].target_ambient
        if ambient:
            subject = subject + light.rooms[index] * np.float32(ambient * exposure.source)
        return over(subject, light.studio_alpha, self.plates[index] * np.float32(exposure.source))

    def meter(self, light: FrameLight, frame: int) -> list[Exposure]:
        """The exposures of each lighting, chosen on this one frame for the whole clip."""
        face, subject = self._face(frame, light.studio_alpha), light.studio_alpha > 0.5
        return [self._meter(light, index, face, subject) for index in range(len(self.scene.lightings))]

    def _meter(self, light: FrameLight, index: int, face: np.ndarray, subject: np.ndarray) -> Exposure:
        config, ev = self.config, self.scene.lightings[index].exposure_ev
        card = luminance(self.studio(light, index))
        level = studio_level(card, face, subject, config.target_level, config.target_skin)
        lit = float(card[face].mean()) * level if face.any() else 0.0
        return Exposure(source_exposure(luminance(self.source(light, index)), face, lit, ev, config), level)

    def compose(self, light: FrameLight, frame: int, exposures: list[Exposure]) -> LitFrame:
        """Expose, encode and measure one frame of every lighting."""
        with _Clock(self.seconds, "compose"):
            shape = (len(exposures), self.scene.height, self.scene.width, 3)
            source, target = np.empty(shape, np.uint16), np.empty(shape, np.uint8)
            face = np.full((len(exposures), 2), np.nan)
            inside = self._face(frame, light.studio_alpha)
            for index, exposure in enumerate(exposures):
                source_srgb = srgb_from_linear(self.source(light, index) * np.float32(exposure.source))
                target_srgb = srgb_from_linear(self.target(light, index, exposure))
                source[index], target[index] = quantise(source_srgb, 10), quantise(target_srgb, 8)
                if inside.any():
                    face[index] = [float(luminance(image)[inside].mean() * 255) for image in (source_srgb, target_srgb)]
            return LitFrame(source, target, self._extras(light), face)

    def _face(self, frame: int, alpha: np.ndarray) -> np.ndarray:
        outline = face_ellipse(self.head[frame], self.scene.camera, self.scene.width, self.scene.height)
        return face_mask(outline, self.scene.width, self.scene.height) & (alpha > 0.5)

    def _extras(self, light: FrameLight) -> dict[str, np.ndarray]:
        makers = {"mask": self._mask, "albedo": self._albedo, "normal": self._normal, "depth": self._depth}
        return {name: makers[name](light) for name in self.config.outputs}

    def _mask(self, light: FrameLight) -> np.ndarray:
        """Coverage as 8-bit grey in three equal channels."""
        return np.repeat(quantise(light.studio_alpha, 8)[..., None], 3, -1)

    def _albedo(self, light: FrameLight) -> np.ndarray:
        """Premultiplied surface colour, 8-bit sRGB."""
        return quantise(srgb_from_linear(self.lens.place(light.guides.albedo)), 8)

    def _normal(self, light: FrameLight) -> np.ndarray:
        """World normal, 10 bit: level = (n / 2 + 1 / 2) * 1023; no surface is 0 0 0's level."""
        return quantise(self.lens.place(light.guides.world_normal) / 2 + 0.5, 10)

    def _depth(self, light: FrameLight) -> np.ndarray:
        """Inverse depth along the view axis, 10 bit grey: level = 0.2 m / depth * 1023; 0 where there is nothing."""
        depth = self.lens.place(light.guides.depth_m, nearest=True)
        near = np.where((depth > 0.01) & (depth < 100.0), 0.2 / np.maximum(depth, 0.2), 0.0)
        return np.repeat(quantise(near, 10)[..., None], 3, -1)


class _Clock:
    """Adds the seconds spent inside to a counter."""

    def __init__(self, counters: dict[str, float], name: str):
        self.counters, self.name = counters, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.counters[self.name] = self.counters.get(self.name, 0.0) + time.perf_counter() - self.began
