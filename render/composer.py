"""Lit frames -> pictures: meter the camera, place the room behind, expose and encode. Knows nothing of traces."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.colour import luminance, quantise, srgb_from_linear
from core.errors import InputError
from render.checkpoint import LitFrame
from render.compose import Lens, composite_over
from render.config import RenderConfig
from render.environment import background_plate, load_hdri, sphere_luminance
from render.exposure import Exposure, face_ellipse, face_mask, source_exposure, studio_level, webcam_of
from render.layers import Surface
from render.passes import pass_frame
from render.studio import lamp_weight, studio_lights, target_weights
from scenes.spec import Scene


@dataclass(frozen=True, eq=False)
class FrameLight:
    """One frame before exposure, over the output frame, linear and premultiplied, by lighting.

    `rooms`: `(H, W, 3)` the subject under room and desk lamp; `studio`: `(H, W, 3)` the subject under key, fill and
    rim, 1 for a white card at the face; `alpha`: `(H, W)` its coverage, one for all; `surface`: over a box, with the
    same coverage, for the optional outputs, and `lens`, which places it in the frame.
    """

    rooms: list[np.ndarray]
    studio: list[np.ndarray]
    alpha: np.ndarray
    surface: Surface
    lens: Lens


class Composer:
    """What of a clip's lightings does not change from frame to frame: plates and weights.

    `rooms`: HDRI path by name. `head`: `(T, 4, 4)` head to world. `face`: `(3,)` float64 metres, where the lights aim.
    """

    def __init__(self, scene: Scene, config: RenderConfig, rooms: dict[str, Path], head: np.ndarray, face: np.ndarray):
        self.scene, self.config, self.head, self.face = scene, config, head, face
        self.seconds: dict[str, float] = {}
        self.images = {name: load_hdri(rooms[name]) for name in sorted({light.hdri for light in scene.lightings})}
        self.plates = [
            background_plate(self.images[light.hdri], scene.camera, light.rotation_rad, scene.width, scene.height)
            for light in scene.lightings
        ]
        self.groups = tuple(studio_lights(scene))
        self.lamps = [lamp_weight(light, sphere_luminance(self.images[light.hdri])) for light in scene.lightings]
        rows = [target_weights(scene, light, self.face) for light in scene.lightings]
        self.targets = np.stack([[row.get(name, np.zeros(3)) for name in self.groups] for row in rows])

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
        found: dict[str, Exposure] = {}
        for index, lighting in enumerate(self.scene.lightings):
            exposure = self._meter(light, index, face, subject)
            if lighting.source_of is not None:
                if lighting.source_of not in found:
                    raise InputError(
                        f"{lighting.key}: source_of: no earlier lighting {lighting.source_of!r} of the clip"
                    )
                exposure = replace(exposure, source=found[lighting.source_of].source)
            found[lighting.key] = exposure
        return list(found.values())

    def _meter(self, light: FrameLight, index: int, face: np.ndarray, subject: np.ndarray) -> Exposure:
        config, lighting = self.config, self.scene.lightings[index]
        card = luminance(light.studio[index])
        level = studio_level(card, face, subject, config.target_level, config.target_skin)
        lit = float(card[face].mean()) * level if face.any() else 0.0
        luma, webcam = luminance(self.source(light, index)), webcam_of(lighting, config)
        return Exposure(source_exposure(luma, face, lit, lighting.exposure_ev, webcam), level)

    def compose(self, light: FrameLight, frame: int, exposures: list[Exposure]) -> LitFrame:
        """Expose, encode and measure one frame of every lighting."""
        with Clock(self.seconds, "compose"):
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
            passes = {str(name): pass_frame(name, light.surface, light.lens) for name in self.config.outputs}
            return LitFrame(source, target, passes, face)

    def _face(self, frame: int, alpha: np.ndarray) -> np.ndarray:
        outline = face_ellipse(self.head[frame], self.scene.camera, self.scene.width, self.scene.height)
        return face_mask(outline, self.scene.width, self.scene.height) & (alpha > 0.5)


class Clock:
    """Adds the seconds spent inside to a counter."""

    def __init__(self, counters: dict[str, float], name: str):
        self.counters, self.name = counters, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.counters[self.name] = self.counters.get(self.name, 0.0) + time.perf_counter() - self.began
