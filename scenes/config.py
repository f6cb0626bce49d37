"""What may be drawn for a clip: counts, picture, people, camera, motion, studio, rooms. A range is `(low, high)`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from pairs.config import Section
from scenes.motion_config import MotionConfig
from scenes.people_config import PeopleConfig
from scenes.ranges import Range, Ranges, Share


class CameraConfig(Section):
    """Webcams: horizontal field of view in degrees, metres, degrees; `off_centre` in parts of the frame."""

    hfov_deg: Range = (55.0, 80.0)
    distance_m: Range = (0.4, 1.0)
    height_m: Range = (-0.18, 0.14)
    side_m: Range = (-0.1, 0.1)
    roll_deg: Range = (-2.0, 2.0)
    off_centre: Range = (-0.09, 0.09)
    face_height: Range = (0.22, 0.45)
    distortion_k1: Range = (-0.08, 0.0)
    f_stop: Range = (1.8, 2.8)


class StudioConfig(Section):
    """Where the target's key and fill stand (degrees, metres), and their balance."""

    key_azimuth_deg: Range = (20.0, 60.0)
    key_elevation_deg: Range = (10.0, 45.0)
    fill_azimuth_deg: Range = (15.0, 55.0)
    fill_elevation_deg: Range = (-5.0, 25.0)
    distance_m: Range = (0.9, 1.6)
    size_m: Range = (0.5, 1.1)
    key_fill_ratio: Range = (1.2, 3.0)
    temperature_k: Range = (4800.0, 6500.0)
    rim: Share = 0.0
    target_ambient: Share = 0.0


class RoomLightConfig(Section):
    """The source's light: exposure around the camera's own choice, and an optional lamp or monitor near the face."""

    exposure_ev: Range = (-1.3, 0.5)
    desk_lamp: Share = 0.25
    desk_lamp_gain: Range = (0.2, 1.0)
    desk_lamp_temperature_k: Range = (2700.0, 7500.0)


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
