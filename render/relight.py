"""A clip's lightings at work: read a frame's layers, meter the camera, compose each lighting's source and target."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.colour import luminance, quantise, srgb_from_linear
from render.camera import Film
from render.checkpoint import LitFrame
from render.compose import Lens, composite_over, denoised, denoised_matte, weighted_sum
from render.config import RenderConfig
from render.environment import background_plate, load_hdri, sphere_luminance
from render.exposure import Exposure, face_ellipse, face_mask, source_exposure, studio_level
from render.job import STAGE, STUDIO, ClipShape, room_name, traced_samples
from render.layers import LightLayers, Surface, read_layers
from render.light_stage import fit_stage, group_name
from render.passes import pass_frame
from render.studio import direction_to_camera, lamp_weight, studio_lights, target_weights
from render.sums import LightSums
from scenes.spec import Geometry, Scene


@dataclass(frozen=True, eq=False)
class FrameLight:
    """One frame before exposure, over the output frame, linear and premultiplied, by lighting.

    `rooms`: `(H, W, 3)` the subject under room and desk lamp; `studio`: `(H, W, 3)` the subject under key, fill and
    rim, 1 for a white card at the face; `alpha`: `(H, W)` its coverage, one for all; `surface`: over the film's box,
    with the same coverage, for the optional outputs.
    """

    rooms: list[np.ndarray]
    studio: list[np.ndarray]
    alpha: np.ndarray
    surface: Surface


class Relighter:
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
        self.groups = tuple(studio_lights(scene))
        self.lamps = [lamp_weight(light, sphere_luminance(images[light.hdri])) for light in scene.lightings]
        rows = [target_weights(scene, light, self.face) for light in scene.lightings]
        self.targets = np.stack([[row.get(name, np.zeros(3)) for name in self.groups] for row in rows])
        self.stage = None
        if config.rooms == "stage":
            turns = [(images[light.hdri], light.rotation_rad) for light in scene.lightings]
            self.stage = fit_stage(turns, config.patches, direction_to_camera(scene.camera, self.face))
        self.lens = Lens.of(scene.camera, film, scene.width, scene.height)

    def read(self, paths: dict[str, Path]) -> FrameLight:
        """The frame's traces as what each lighting shows, with no help from other frames."""
        return self.lit(self.sums(paths))

    def sums(self, paths: dict[str, Path]) -> LightSums:
        """Read the frame's traces and add up what each lighting needs of them."""
        with _Clock(self.seconds, "read"):
            studio = read_layers(paths[STUDIO], self.groups, self.film)
        rooms: list[np.ndarray] = []
        traced = [studio]
        for radiance, layers in self._rooms(paths, studio):
            lamp = self.lamps[len(rooms)]
            if lamp.any():
                radiance = radiance + studio.radiance[self.groups.index("lamp")] * lamp
            rooms.append(radiance)
            if layers is not traced[-1]:
                traced.append(layers)
        # One surface for source and target, from all samples of the frame.
        samples = traced_samples(self.config, ClipShape.of(self.scene))
        counts = np.array([samples["studio"], *[samples["room"]] * (len(traced) - 1)], np.float32)
        shares = counts / counts.sum()
        mean = lambda name: np.tensordot(shares, np.stack([getattr(row, name) for row in traced]), 1)
        return LightSums(
            rooms=np.stack(rooms),
            studio=studio.radiance[self.used] if self._by_light else weighted_sum(studio.radiance, self.targets),
            **{name: mean(name) for name in ("alpha", "albedo", "normal", "world_normal")},
            depth_m=studio.depth_m,
            rest=studio.rest,
        )

    @property
    def used(self) -> np.ndarray:
        """`(G,)` bool: the studio's lights that any target needs."""
        return self.targets.any((0, 2))

    @property
    def _by_light(self) -> bool:
        """Denoise the studio's lights, not the targets, where those are fewer."""
        return bool(self.used.sum() < len(self.targets))

    def lit(self, sums: LightSums) -> FrameLight:
        """Denoise the sums, make the targets, place both in the output frame."""
        with _Clock(self.seconds, "denoise"):
            clean = lambda images: np.stack([denoised(image, sums, self.config.denoise) for image in images])
            rooms, studio = clean(sums.rooms), clean(sums.studio)
            matte = denoised_matte(sums.alpha, self.config.denoise)
        if self._by_light:
            studio = weighted_sum(studio, self.targets[:, self.used])
        rooms, studio = ([self.lens.place(image) for image in images] for images in (rooms, studio))
        return FrameLight(rooms, studio, self.lens.place(matte), replace(sums, alpha=matte))

    def _rooms(self, paths: dict[str, Path], studio: LightLayers) -> Iterator[tuple[np.ndarray, LightLayers]]:
        """The subject under each room, `(h, w, 3)` noisy, and the layers it came from."""
        if self.stage is None:
            for index in range(len(self.scene.lightings)):
                with _Clock(self.seconds, "read"):
                    path = paths.get(room_name(index))
                    layers = read_layers(path or paths[STUDIO], (room_name(index),), self.film)
                yield layers.radiance[0], layers if path else studio
            return
        with _Clock(self.seconds, "read"):
            layers = read_layers(paths[STAGE], tuple(group_name(i) for i in range(len(self.stage.cells))), self.film)
        with _Clock(self.seconds, "compose"):
            lit = weighted_sum(layers.radiance, self.stage.weights)
        for radiance in lit:
            yield radiance, layers

    def source(self, light: FrameLight, index: int) -> np.ndarray:
        """`(H, W, 3)` scene-linear: the subject in the room's light before the room."""
        return composite_over(light.rooms[index], light.alpha, self.plates[index])

    def target(self, light: FrameLight, index: int, exposure: Exposure) -> np.ndarray:
        """`(H, W, 3)` display-linear: the subject in studio light before the same plate at the same exposure."""
        subject = light.studio[index] * np.float32(exposure.target)
        ambient = self.scene.lightings[index].target_ambient
        if ambient:
            subject = subject + light.rooms[index] * np.float32(ambient * exposure.source)
        return composite_over(subject, light.alpha, self.plates[index] * np.float32(exposure.source))

    def meter(self, light: FrameLight, frame: int) -> list[Exposure]:
        """The exposures of each lighting, chosen on this one frame for the whole clip."""
        face, subject = self._face(frame, light.alpha), light.alpha > 0.5
        return [self._meter(light, index, face, subject) for index in range(len(self.scene.lightings))]

    def _meter(self, light: FrameLight, index: int, face: np.ndarray, subject: np.ndarray) -> Exposure:
        config, ev = self.config, self.scene.lightings[index].exposure_ev
        card = luminance(light.studio[index])
        level = studio_level(card, face, subject, config.target_level, config.target_skin)
        lit = float(card[face].mean()) * level if face.any() else 0.0
        return Exposure(source_exposure(luminance(self.source(light, index)), face, lit, ev, config), level)

    def compose(self, light: FrameLight, frame: int, exposures: list[Exposure]) -> LitFrame:
        """Expose, encode and measure one frame of every lighting."""
        with _Clock(self.seconds, "compose"):
            shape = (len(exposures), self.scene.height, self.scene.width, 3)
            source, target = np.empty(shape, np.uint16), np.empty(shape, np.uint8)
            face = np.full((len(exposures), 2), np.nan)
            inside = self._face(frame, light.alpha)
            for index, exposure in enumerate(exposures):
                source_srgb = srgb_from_linear(self.source(light, index) * np.float32(exposure.source))
                target_srgb = srgb_from_linear(self.target(light, index, exposure))
                source[index], target[index] = quantise(source_srgb, 10), quantise(target_srgb, 8)
                if inside.any():
                    face[index] = [float(luminance(image)[inside].mean() * 255) for image in (source_srgb, target_srgb)]
            passes = {str(name): pass_frame(name, light.surface, self.lens) for name in self.config.outputs}
            return LitFrame(source, target, passes, face)

    def _face(self, frame: int, alpha: np.ndarray) -> np.ndarray:
        outline = face_ellipse(self.head[frame], self.scene.camera, self.scene.width, self.scene.height)
        return face_mask(outline, self.scene.width, self.scene.height) & (alpha > 0.5)


class _Clock:
    """Adds the seconds spent inside to a counter."""

    def __init__(self, counters: dict[str, float], name: str):
        self.counters, self.name = counters, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.counters[self.name] = self.counters.get(self.name, 0.0) + time.perf_counter() - self.began
