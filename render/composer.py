"""Lit frames -> pictures: meter the camera, place the room behind, expose and encode. Knows nothing of traces."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.colour import REC709_LUMA, levels_from_linear, luminance, srgb_from_linear
from core.errors import InputError
from render.checkpoint import ComposedFrame
from render.compose import Lens, composite_over
from render.config import RenderConfig
from render.environment import background_plate, load_hdri, sphere_luminance
from render.exposure import Exposure, face_ellipse, face_mask, source_exposure, studio_level, webcam_of
from render.layers import Surface
from render.passes import pass_frame
from render.room_parts import exposure_course, room_parts, white_course
from render.studio import lamp_weight, studio_lights, target_weights
from scenes.records import triple
from scenes.spec import Scene

_METERED = 96


@dataclass(frozen=True, eq=False)
class SubjectLight:
    """One frame before exposure, over the output frame, linear and premultiplied.

    `rooms`: `(H, W, 3)` the subject under each part of each lighting's room, the desk lamp in the first of a lighting;
    `studio`, by lighting: `(H, W, 3)` the subject under key, fill and rim, 1 for a white card at the face; `alpha`:
    `(H, W)` its coverage, one for all, of which `things` `(H, W)` is that of things around the person; `surface`: over
    a box, with the same coverage, for the optional outputs, and `lens`, which places it in the frame.
    """

    rooms: list[np.ndarray]
    studio: list[np.ndarray]
    alpha: np.ndarray
    things: np.ndarray
    surface: Surface
    lens: Lens

    @property
    def person(self) -> np.ndarray:
        """`(H, W)`: coverage by the person."""
        return self.alpha - self.things


class Composer:
    """What of a clip's lightings does not change from frame to frame: plates and weights.

    `rooms`: HDRI path by name. `head`: `(T, 4, 4)` head to world. `face`: `(3,)` float64 metres, where the lights aim.
    """

    def __init__(self, scene: Scene, config: RenderConfig, rooms: dict[str, Path], head: np.ndarray, face: np.ndarray):
        self.scene, self.config, self.head, self.face = scene, config, head, face
        self.seconds: dict[str, float] = {}
        self.images = {name: load_hdri(rooms[name]) for name in sorted({light.hdri for light in scene.lightings})}
        self.parts = room_parts(scene, rooms, self.images)
        self.plates = [
            background_plate(part.image, scene.camera, part.rotation_rad, scene.width, scene.height)
            for part in self.parts
        ]
        self.groups = tuple(studio_lights(scene))
        self.lamps = [np.zeros(3, np.float32) for _ in self.parts]
        for index, light in enumerate(scene.lightings):
            weight = lamp_weight(light, sphere_luminance(self.images[light.hdri]))
            self.lamps[self.parts_of(index)[0]] = weight
        rows = [target_weights(scene, light, self.face) for light in scene.lightings]
        self.targets = np.stack([[row.get(name, np.zeros(3)) for name in self.groups] for row in rows])

    def parts_of(self, index: int) -> list[int]:
        """Which of the rooms' parts are those of a lighting."""
        return [number for number, part in enumerate(self.parts) if part.lighting == index]

    def source(self, light: SubjectLight, index: int, frame: int) -> np.ndarray:
        """`(H, W, 3)` scene-linear: the subject in the room's light before the room, as a rolling shutter sees them."""
        return composite_over(self._subject(light, index, frame), light.alpha, self._plate(index, frame, flicker=True))

    def target(self, light: SubjectLight, index: int, exposure: Exposure, frame: int) -> np.ndarray:
        """`(H, W, 3)` display-linear: the subject in studio light before the same plate at the same exposure, which
        does not flicker."""
        subject = light.studio[index] * np.float32(exposure.target)
        ambient = self.scene.lightings[index].target_ambient
        if ambient:
            subject = subject + self._subject(light, index, frame) * (np.float32(ambient) * exposure.at(frame))
        if light.things.any():
            # Chair and desk are of the room: the studio's light is the person's alone.
            share = (light.things / np.maximum(light.alpha, 1e-6))[..., None]
            as_in_room = self._sum(light.rooms, index, frame, flicker=False) * exposure.at(frame)
            subject = subject + share * (as_in_room - subject)
        return composite_over(subject, light.alpha, self._plate(index, frame) * exposure.at(frame))

    def _subject(self, light: SubjectLight, index: int, frame: int) -> np.ndarray:
        return self._sum(light.rooms, index, frame, flicker=True)

    def _plate(self, index: int, frame: int, flicker: bool = False) -> np.ndarray:
        return self._sum(self.plates, index, frame, flicker)

    def _sum(self, pictures: list[np.ndarray], index: int, frame: int, flicker: bool) -> np.ndarray:
        """A lighting's parts, each as bright as its lights are in this frame."""
        parts = self.parts_of(index)
        if self.scene.lightings[index].over_time is None:
            return pictures[parts[0]]
        rows, fps = self.scene.height, self.scene.fps
        gains = [self.parts[n].row_gains(frame, fps, rows) if flicker else self.parts[n].gain(frame) for n in parts]
        return sum(pictures[n] * gain for n, gain in zip(parts, gains, strict=True))

    def meter(self, light: SubjectLight, frame: int) -> list[Exposure]:
        """The exposures of each lighting, chosen on this one frame for the whole clip."""
        face, subject = self._face(frame, light.person), light.person > 0.5
        found: dict[str, Exposure] = {}
        for index, lighting in enumerate(self.scene.lightings):
            exposure = self._meter(light, index, face, subject, frame)
            if lighting.source_of is not None:
                if lighting.source_of not in found:
                    raise InputError(
                        f"{lighting.key}: source_of: no earlier lighting {lighting.source_of!r} of the clip"
                    )
                exposure = replace(found[lighting.source_of], target=exposure.target)
            found[lighting.key] = exposure
        return list(found.values())

    def _meter(self, light: SubjectLight, index: int, face: np.ndarray, subject: np.ndarray, frame: int) -> Exposure:
        config, lighting = self.config, self.scene.lightings[index]
        card = luminance(light.studio[index])
        level = studio_level(card, face, subject, config.target_level, config.target_skin)
        lit = float(card[face].mean()) * level if face.any() else 0.0
        webcam = webcam_of(lighting, config)
        metered = lambda luma, face: source_exposure(luma, face, lit, lighting.exposure_ev, webcam)
        if lighting.over_time is None:
            return Exposure(metered(luminance(self.source(light, index, frame)), face), level)
        return self._followed(light, index, face, level, metered)

    def _followed(
        self,
        light: SubjectLight,
        index: int,
        face: np.ndarray,
        level: float,
        metered: Callable[[np.ndarray, np.ndarray], float],
    ) -> Exposure:
        """The camera over the whole clip. It sees this one frame's picture, small, under each frame's light: that the
        person moves changes less than the light does."""
        numbers, scene = self.parts_of(index), self.scene
        over = scene.lightings[index].over_time
        assert over is not None
        parts = [self.parts[number] for number in numbers]
        small = [_small(composite_over(light.rooms[n], light.alpha, self.plates[n])) for n in numbers]
        seen = _small(face.astype(np.float32)) > 0.5
        white = white_course(over, parts, scene.frames, scene.fps)
        wanted: dict[bytes, float] = {}
        course = np.empty(scene.frames)
        for t in range(scene.frames):
            gains = np.stack([part.gain(t) for part in parts])
            if gains.tobytes() not in wanted:
                luma = luminance(sum(image * gain for image, gain in zip(small, gains, strict=True)))
                wanted[gains.tobytes()] = metered(luma, seen)
            course[t] = wanted[gains.tobytes()]
        course = exposure_course(course, over, scene.fps)
        return Exposure(
            source=float(course[scene.frames // 2]),
            target=level,
            source_by_frame=tuple(float(f"{value:.6g}") for value in course),
            white_by_frame=tuple(triple(np.round(gains, 5)) for gains in white),
        )

    def compose(self, light: SubjectLight, frame: int, exposures: list[Exposure]) -> ComposedFrame:
        """Expose, encode and measure one frame of every lighting."""
        with Clock(self.seconds, "compose"):
            shape = (len(exposures), self.scene.height, self.scene.width, 3)
            source, target = np.empty(shape, np.uint16), np.empty(shape, np.uint8)
            face = np.full((len(exposures), 2), np.nan)
            inside = self._face(frame, light.person)
            for index, exposure in enumerate(exposures):
                pair = (
                    self.source(light, index, frame) * exposure.at(frame),
                    self.target(light, index, exposure, frame),
                )
                source[index], target[index] = levels_from_linear(pair[0], 10), levels_from_linear(pair[1])
                if inside.any():
                    # A product of matrices would wake BLAS's threads, which then spin for longer than a frame takes.
                    shown = [srgb_from_linear(image[inside]).mean(0, dtype=np.float64) for image in pair]
                    face[index] = [float(sum(mean * REC709_LUMA)) * 255 for mean in shown]
            passes = {str(name): pass_frame(name, light.surface, light.lens) for name in self.config.outputs}
            return ComposedFrame(source, target, passes, face)

    def _face(self, frame: int, person: np.ndarray) -> np.ndarray:
        outline = face_ellipse(self.head[frame], self.scene.camera, self.scene.width, self.scene.height)
        return face_mask(outline, self.scene.width, self.scene.height) & (person > 0.5)


def _small(image: np.ndarray) -> np.ndarray:
    """At most 96 pixels wide: enough to meter by."""
    import cv2

    height, width = image.shape[:2]
    size = (min(width, _METERED), max(1, round(height * min(width, _METERED) / width)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


class Clock:
    """Adds the seconds spent inside to a counter."""

    def __init__(self, counters: dict[str, float], name: str):
        self.counters, self.name = counters, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.counters[self.name] = self.counters.get(self.name, 0.0) + time.perf_counter() - self.began
