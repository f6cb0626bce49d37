"""What may be drawn for a clip: counts, picture, people, camera, motion, studio, rooms. A range is `(low, high)`."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from core.config import Section
from core.ranges import Range, Ranges, Sd, Share, within
from scenes.motion.config import MotionConfig
from scenes.people_config import PeopleConfig

Degrees = Annotated[Range, within(-360, 360)]
Metres = Annotated[Range, within(0.05, 20)]
Kelvin = Annotated[Range, within(1000, 40000)]
Scale = Annotated[float, Field(gt=0, le=20)]
Size = tuple[Annotated[float, Field(gt=0, le=5)], Annotated[float, Field(gt=0, le=5)]]


class CameraConfig(Ranges):
    """Webcams: horizontal field of view in degrees, metres, degrees; `off_centre` in parts of the frame, and `raised`:
    how far above its middle the face sits on average.
    """

    hfov_deg: Annotated[Range, within(1, 170)] = (55.0, 80.0)
    distance_m: Metres = (0.4, 1.0)
    height_m: Range = (-0.18, 0.14)
    side_m: Range = (-0.1, 0.1)
    roll_deg: Degrees = (-2.0, 2.0)
    off_centre: Annotated[Range, within(-1, 1)] = (-0.09, 0.09)
    raised: Annotated[float, Field(ge=-1, le=1)] = 0.1
    face_height: Annotated[Range, within(0.02, 2)] = (0.22, 0.45)
    distortion_k1: Range = (-0.08, 0.0)
    f_stop: Annotated[Range, within(0.5, 64)] = (1.8, 2.8)


class StudioConfig(Ranges):
    """Where the target's key and fill stand (degrees, metres), and their balance.

    `key_right`: the share of clips with the key on the camera's right; fill and rim stand on the other side.
    `fill_size`, `rim_size`: factors of `size_m`. The fill's temperature differs from the key's by `fill_temperature_sd`
    (standard deviation, a part of it) within its limits. `rim`: the share of lightings with a rim light, `rim_gain`
    strong.
    """

    key_right: Share = 0.5
    key_azimuth_deg: Degrees = (20.0, 60.0)
    key_elevation_deg: Degrees = (10.0, 45.0)
    fill_azimuth_deg: Degrees = (15.0, 55.0)
    fill_elevation_deg: Degrees = (-5.0, 25.0)
    rim_azimuth_deg: Degrees = (130.0, 160.0)
    rim_elevation_deg: Degrees = (20.0, 50.0)
    distance_m: Metres = (0.9, 1.6)
    size_m: Metres = (0.5, 1.1)
    fill_size: Scale = 1.3
    rim_size: Scale = 0.6
    key_fill_ratio: Annotated[Range, within(0.01, 100)] = (1.2, 3.0)
    temperature_k: Kelvin = (4800.0, 6500.0)
    fill_temperature_sd: Sd = 0.03
    fill_temperature_limits_k: Kelvin = (4000.0, 8000.0)
    rim: Share = 0.0
    rim_gain: Annotated[Range, within(0, 100)] = (0.3, 1.0)
    target_ambient: Share = 0.0


class RoomLightConfig(Ranges):
    """The source's light: how far the room is turned, exposure around the camera's own choice, and an optional lamp or
    monitor near the face.

    `lamp`: the share of lamps among the two, `lamp_right`: of those on the camera's right. Sizes are width and height.
    """

    turned_rad: Range = (0.0, 2 * math.pi)
    exposure_ev: Annotated[Range, within(-10, 10)] = (-1.3, 0.5)
    desk_lamp: Share = 0.25
    desk_lamp_gain: Annotated[Range, within(0, 100)] = (0.2, 1.0)
    desk_lamp_temperature_k: Kelvin = (2700.0, 7500.0)
    lamp: Share = 0.5
    lamp_right: Share = 0.5
    lamp_azimuth_deg: Degrees = (40.0, 80.0)
    lamp_elevation_deg: Degrees = (0.0, 35.0)
    lamp_distance_m: Metres = (0.5, 0.9)
    lamp_size_m: Size = (0.15, 0.15)
    monitor_azimuth_rad: Annotated[Range, within(-math.pi, math.pi)] = (-0.2, 0.2)
    monitor_elevation_deg: Annotated[float, Field(ge=-90, le=90)] = -12.0
    monitor_distance_m: Metres = (0.5, 0.7)
    monitor_size_m: Size = (0.55, 0.32)


class SubjectsConfig(Section):
    """A user's own character: `collection` in `blend`, whose head is `head` ("Armature/bone" or an empty's name).

    `licence` and `author` go into the ledger of every data set with it.
    """

    blend: str
    collection: str
    head: str
    licence: str = "as given by the user"
    author: str = ""


class ScenesConfig(Ranges):
    """Everything that `scenes.draw.draw_scene` draws from."""

    train_clips: Annotated[int, Field(ge=0, le=500_000)] = 1500
    test_clips: Annotated[int, Field(ge=0, le=500_000)] = 500
    width: Annotated[int, Field(ge=16, le=4096, multiple_of=2)] = 1280
    height: Annotated[int, Field(ge=16, le=4096, multiple_of=2)] = 720
    fps: Annotated[float, Field(gt=0, le=120)] = 30.0
    frames: Annotated[int, Field(ge=1, le=3000)] = 150
    lightings_per_clip: Annotated[int, Field(ge=1, le=64)] = 1
    rooms: str = "bpy"
    test_rooms: Share = 0.25
    people: PeopleConfig = PeopleConfig()
    motion: MotionConfig = MotionConfig()
    camera: CameraConfig = CameraConfig()
    studio: StudioConfig = StudioConfig()
    room_light: RoomLightConfig = RoomLightConfig()
    subjects: SubjectsConfig | None = None

    @model_validator(mode="after")
    def _has_clips(self) -> Self:
        if self.train_clips + self.test_clips == 0:
            raise ValueError("expected at least one clip: set train_clips or test_clips")
        return self
