"""A lighting's room as the pictures that its source is added up from: one, or one for each light that changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.colour import luminance
from core.errors import InputError, WorkError
from core.files import replacing
from render.environment import solid_angles
from scenes.over_time import LightCourse, OverTime, followed, layers_of
from scenes.spec import Scene

_BRIGHT = 4.0
"""Light over so many times the median does not count for a camera's white balance."""


@dataclass(frozen=True, eq=False)
class RoomPart:
    """`image`: `(H, 2H, 3)` float32, the room under some of its lights alone; `lighting`: index of the lighting that it
    belongs to; `course`: what they do over the clip, None: they stay; `path`: the HDRI, where it is one as it is."""

    lighting: int
    image: np.ndarray
    rotation_rad: float
    course: LightCourse | None = None
    path: Path | None = None

    def gain(self, frame: int) -> np.ndarray:
        """`(3,)` float32: by how much the lights are changed in a frame, flicker left out."""
        return np.ones(3, np.float32) if self.course is None else self.course.gain_at(frame)

    def row_gains(self, frame: int, fps: float, rows: int) -> np.ndarray:
        """`(rows, 1, 3)` or `(1, 1, 3)` float32: the same with flicker, row by row."""
        gain = self.gain(frame)[None, None]
        flicker = self.course.flicker if self.course else None
        return gain if flicker is None else gain * flicker.gains(frame, fps, rows)[:, None, None]


def read_layers(path: Path) -> dict[str, np.ndarray]:
    """The lights of a room of ours, `(H, 2H, 3)` float32 each, not white balanced, by name; `path`: `layers/NAME.exr`.
    WorkError when it cannot be read."""
    import OpenEXR

    try:
        found = OpenEXR.File(str(path), separate_channels=True).parts[0].channels
    except Exception as error:
        raise WorkError(
            f"{path}: the layers of this room cannot be read ({error}); delete the room and make it again"
        ) from None
    names = dict.fromkeys(name.rpartition(".")[0] for name in found)
    return {name: np.stack([found[f"{name}.{c}"].pixels for c in "RGB"], -1).astype(np.float32) for name in names}


def room_parts(scene: Scene, rooms: dict[str, Path], images: dict[str, np.ndarray]) -> list[RoomPart]:
    """Every lighting's parts, in the lightings' order; `rooms`: HDRI path by name, `images`: the same, loaded.

    Raises InputError where a room lacks a light that a lighting changes.
    """
    parts: list[RoomPart] = []
    for index, lighting in enumerate(scene.lightings):
        path, turn = rooms[lighting.hdri], lighting.rotation_rad
        if lighting.over_time is None:
            parts.append(RoomPart(index, images[lighting.hdri], turn, path=path))
            continue
        over, layers = lighting.over_time, read_layers(layers_of(path))
        if missing := [name for name in over.on if name not in layers]:
            raise InputError(f"{lighting.key}: {path}: has no light {missing[0]!r}; it has {', '.join(sorted(layers))}")
        white = np.array(over.white_balance, np.float32)
        summed = lambda names, layers=layers, white=white: sum(layers[name] for name in names) * white
        mine = [RoomPart(index, summed(over.steady), turn)] if over.steady else []
        mine += [RoomPart(index, summed(course.lights), turn, course) for course in over.courses]
        lit = [part for part in mine if part.image.any()]  # a sun that does not come in
        if not lit:
            raise InputError(f"{lighting.key}: {path}: the lights that are on are black; make the room again")
        parts += lit
    return parts


def save_parts(parts: list[RoomPart], folder: Path) -> list[Path]:
    """A file for each part, for a renderer that lights by files: the HDRI where it is one, else an EXR in `folder`."""
    import OpenEXR

    paths = []
    for number, part in enumerate(parts):
        place = part.path or folder / f"part-{number:03d}.exr"
        if part.path is None:
            folder.mkdir(parents=True, exist_ok=True)
            planes = {letter: np.ascontiguousarray(part.image[..., c]) for c, letter in enumerate("RGB")}
            with replacing(place) as temporary, OpenEXR.File({"type": OpenEXR.scanlineimage}, planes) as file:
                file.write(str(temporary))
        paths.append(place)
    return paths


def white_course(over: OverTime, parts: list[RoomPart], frames: int, fps: float) -> np.ndarray:
    """`(T, 3)` float32: what the camera's automatic white balance multiplies each frame with; luminance stays.

    As `render.panorama.white_gains` balances a room, and as far towards grey as it did there, with the lights as they
    are in each frame, followed late. `parts`, of this lighting, have the room's own balance in them: 1 is the camera's
    choice for the room as its panorama shows it.
    """
    white, small = _stops(np.array(over.white_balance)), [_small(part.image) for part in parts]
    gains = np.array([[part.gain(frame) for part in parts] for frame in range(frames)], np.float64)
    luma = luminance(sum(image * gain for image, gain in zip(small, gains[0], strict=True)))
    counted = (solid_angles(luma.shape[0]) * (luma <= _BRIGHT * np.median(luma)))[..., None]
    means = np.stack([(image * counted).sum((0, 1)) for image in small])
    colours = np.einsum("tpc,pc->tc", gains, means)
    unbalanced = np.array(over.white_balance)
    # what is dark in the first frame and is switched on later was not on in the room
    full = -_stops((means * gains[0].any(-1, keepdims=True)).sum(0) / unbalanced)
    share = float(np.clip(full @ white / max(float(full @ full), 1e-12), 0, 1))
    wanted = np.stack([-share * _stops(colour / unbalanced) for colour in colours])
    gains = np.exp2(followed(wanted, fps, over.delay_s, over.white_s) - share * full)
    kept = luminance(colours) / np.maximum(luminance(colours * gains), 1e-12)
    return (gains * kept[:, None]).astype(np.float32)


def _stops(colour: np.ndarray) -> np.ndarray:
    """`(3,)` in stops about their mean."""
    stops = np.log2(np.maximum(colour, 1e-12))
    return stops - stops.mean()


def _small(image: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.resize(image, (128, 64), interpolation=cv2.INTER_AREA).astype(np.float64)


def exposure_course(wanted: np.ndarray, over: OverTime, fps: float) -> np.ndarray:
    """What an automatic exposure does that should be `wanted` `(T,)` > 0 in each frame: late, and not for trifles."""
    stops = followed(np.log2(wanted), fps, over.delay_s, over.exposure_s, over.dead_band_ev)
    return np.exp2(stops)
