"""Kept layers -> lit frames: which layer counts how much in each lighting, and the sum. No denoising, no renderer."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from core.errors import InputError
from pairs.layers import LayerFrame, LayersInfo
from render.compose import Lens
from render.composer import Clock, Composer, SubjectLight
from render.config import RenderConfig
from render.layers import Surface
from render.light_stage import Cell, weights_on
from render.olat import olat_weights
from render.studio import around, balanced, direction_to_camera, facing_camera, studio_lights
from scenes.spec import LightFrom, Lighting, Scene

_AT_ONCE = 65536
_SAME_TURN_RAD = 1e-6
"""A turn that was written down in degrees comes back nearly as it was."""


class LayerMix(Composer):
    """A clip's lightings as sums over its kept layers, whoever traced them and when.

    `scene`: the clip with the lightings that are wanted; `info`: the record of its layers. Raises InputError for a
    light that was not traced.
    """

    def __init__(self, scene: Scene, config: RenderConfig, rooms: dict[str, Path], info: LayersInfo):
        require_traced(scene, info)
        super().__init__(scene, config, rooms, info.head_poses, np.array(info.face))
        self.names = [light.name for light in info.lights]
        room = self._room_weights(info)
        self.sources = np.zeros((len(self.parts), len(self.names), 3))
        self.studios = np.zeros((len(scene.lightings), len(self.names), 3))
        self.sources[:, : room.shape[1]] = room
        for index, lighting in enumerate(scene.lightings):
            made = lighting.from_stage
            for name, weight in zip(self.groups, self.targets[index], strict=True):
                self.studios[index, self.names.index(name)] = weight
            if made:
                self.studios[index] = self._studio_from(made, lighting, info)
            for row in lighting.layer_gains or ():
                self.sources[self.parts_of(index), self.names.index(row.layer)] *= row.gain
        if "lamp" in self.names:
            self.sources[:, self.names.index("lamp")] = np.stack(self.lamps)
        x0, y0, *_ = info.box
        self.lens = Lens(np.empty(0), np.empty(0), (x0, y0), (scene.height, scene.width))

    def _room_weights(self, info: LayersInfo) -> np.ndarray:
        """`(P, R, 3)`: what each part of the lightings' rooms is of the room's layers."""
        if info.rooms == "olat":
            directions = np.array([light.direction for light in info.lights if light.of == "room"])
            return np.stack([olat_weights(directions, part.image, part.rotation_rad) for part in self.parts])
        if info.stage is None:
            traced = Scene.from_json(info.scene).lightings
            return np.stack([_one_of(traced, lighting, self.scene.clip) for lighting in self.scene.lightings])
        to_camera = direction_to_camera(self.scene.camera, self.face)
        cells, strength = tuple(Cell(*cell) for cell in info.stage.cells), np.array(info.stage.strength)
        return np.stack([weights_on(cells, strength, part.image, part.rotation_rad, to_camera) for part in self.parts])

    def _studio_from(self, made: dict[str, LightFrom], lighting: Lighting, info: LayersInfo) -> np.ndarray:
        """`(L, 3)`: the target's weights where some of its lights are `made` of the stage's."""
        camera, face = self.scene.camera, self.face
        directions = np.array([light.direction for light in info.lights if light.of == "room"])
        angles = np.array([light.solid_angle_sr for light in info.lights if light.of == "room"])
        rows: dict[str, np.ndarray] = {}
        facing: dict[str, float] = {}
        for name, box in studio_lights(self.scene).items():
            rows[name] = np.eye(len(self.names))[self.names.index(name)]
            facing[name] = facing_camera(box, face, camera)
        for name, light in made.items():
            lobe, facing[name] = around(light, directions, angles, camera, face)
            rows[name] = np.concatenate([lobe, np.zeros(len(self.names) - len(lobe))])
        weights = balanced(lighting, facing, "rim" in rows)
        return sum((rows[name][:, None] * weight for name, weight in weights.items()), np.zeros((len(self.names), 3)))

    def light(self, frame: LayerFrame) -> SubjectLight:
        """One kept frame under every lighting, over the output frame."""
        with Clock(self.seconds, "sum"):
            sums = added_up(frame.radiance, np.concatenate([self.sources, self.studios]))
            full = lambda values: np.ascontiguousarray(values, np.float32)
            alpha, placed = full(frame.alpha), [self.lens.place(image) for image in sums]
            surface = Surface(
                alpha=alpha,
                things=np.minimum(full(frame.things), alpha),
                albedo=full(frame.albedo),
                normal=full(frame.normal),
                world_normal=full(frame.normal),
                depth_m=full(frame.depth_m),
            )
        count = len(self.sources)
        return SubjectLight(
            placed[:count], placed[count:], self.lens.place(alpha), self.lens.place(surface.things), surface, self.lens
        )


def require_traced(scene: Scene, info: LayersInfo) -> None:
    """Raises InputError, naming the lighting, where one needs a light, a room or a stage that was not traced."""
    names = [light.name for light in info.lights]
    room = [light.name for light in info.lights if light.of == "room"]
    for lighting in scene.lightings:
        made = lighting.from_stage
        for name, gain in (("rim", lighting.rim_gain), ("lamp", lighting.desk_lamp_gain)):
            if gain and name not in names and name not in made:
                raise InputError(f"{lighting.key}: {scene.clip} was traced without a {name}; {_HOW[name]}")
        if made and info.rooms != "olat":
            raise InputError(
                f"{lighting.key}: {min(made)}_from: {scene.clip} has the layers of render.rooms: {info.rooms}; "
                "studio lights are made of those of olat"
            )
        for row in lighting.layer_gains or ():
            if row.layer not in room:
                known = f"{room[0]} to {room[-1]}"
                raise InputError(f"{lighting.key}: layer_gains: {scene.clip} has no {row.layer!r}; it has {known}")
        if info.rooms == "exact":
            _one_of(Scene.from_json(info.scene).lightings, lighting, scene.clip)


_HOW = {
    "rim": "set scenes.studio.rim before it is rendered, or rim_gain to 0",
    "lamp": "set scenes.room_light.desk_lamp before it is rendered, or desk_lamp_gain to 0",
}


def _one_of(traced: tuple[Lighting, ...], wanted: Lighting, clip: str) -> np.ndarray:
    """`(R, 3)`: weight 1 for the traced room that is meant."""
    if wanted.over_time:
        raise InputError(
            f"{wanted.key}: {clip} was traced with render.rooms: exact; light that changes wants stage or olat"
        )
    weights = np.zeros((len(traced), 3), np.float32)
    for index, row in enumerate(traced):
        if row.hdri == wanted.hdri and abs(row.rotation_rad - wanted.rotation_rad) < _SAME_TURN_RAD:
            weights[index] = 1.0
            return weights
    known = ", ".join(f"{row.hdri} turned by {row.rotation_rad:.6g} rad" for row in traced)
    raise InputError(
        f"{wanted.key}: {clip} was traced with render.rooms: exact, under {known}; other rooms want stage or olat"
    )


def added_up(radiance: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`radiance` `(L, h, w, 3)` float16, `weights` `(K, L, 3)` -> `(K, h, w, 3)` float32.

    Each sum is made layer by layer in their order, whatever the other sums are and however many processors there are: a
    matrix product would round differently from one call to the next, and so would the pictures.
    """
    count, height, width, _ = radiance.shape
    planar = np.moveaxis(radiance, -1, 1).reshape(count, 3, height * width)
    out = np.zeros((len(weights), 3, height * width), np.float32)
    factors = weights.astype(np.float32)[..., None]
    used = [np.flatnonzero(weights[:, layer].any(-1)) for layer in range(count)]
    room = np.empty((3, _AT_ONCE), np.float32)
    for start in range(0, height * width, _AT_ONCE):
        sums = out[..., start : start + _AT_ONCE]
        scaled = room[:, : sums.shape[-1]]
        for layer, rows in enumerate(used):
            if len(rows):
                half = planar[layer, :, start : start + _AT_ONCE].view(np.int16)
                light = cv2.convertFp16(half)  # numpy's own cast takes four times as long
                for row in rows:
                    np.multiply(light, factors[row, layer], out=scaled)
                    np.add(sums[row], scaled, out=sums[row])
    return np.moveaxis(out.reshape(len(weights), 3, height, width), 1, -1)
