"""What may be drawn for a clip: counts, picture, people, camera, motion, studio, rooms. A range is `(low, high)`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from core.config import Section
from core.ranges import Range, Ranges, Sd, Share, within
from scenes.company import CompanyConfig
from scenes.motion.config import MotionConfig
from scenes.people_config import PeopleConfig
from scenes.seat.config import SeatConfig

Degrees = Annotated[Range, within(-360, 360)]
Metres = Annotated[Range, within(0.05, 20)]
Kelvin = Annotated[Range, within(1000, 40000)]
Unit = Annotated[Range, within(0, 1)]
Scale = Annotated[float, Field(gt=0, le=20)]
Size = tuple[Annotated[float, Field(gt=0, le=5)], Annotated[float, Field(gt=0, le=5)]]


class FramingConfig(Ranges):
    """How else calls are framed, beside what `camera` says by itself: faces that fill the frame and small ones, cut
    foreheads, seen from below, from above and from the side."""

    drawn: Share = Field(0.5, description="share of clips that are framed by this section")
    face_height: Annotated[Range, within(0.02, 2)] = Field(
        (0.12, 0.75),
        description="brow to chin and a little forehead, in parts of the frame's height, evenly by its logarithm",
    )
    distance_m: Metres = Field((0.26, 2.6), description="from the eyes to the lens, metres; face_height comes first")
    elevation_deg: Degrees = Field((-20.0, 24.0), description="of the lens over the eyes, seen from them, degrees")
    lowest_m: Range = Field((-0.4, -0.3), description="the lens is no lower than this over the eyes, metres")
    turned: Share = Field(0.4, description="of those, share seen from the side")
    turned_deg: Degrees = Field((12.0, 75.0), description="how far to the side, to either, degrees; 90 is the profile")
    turned_face_height: Annotated[float, Field(ge=0.02, le=2)] = Field(
        0.25, description="from the side the face is no smaller, in parts of the frame's height: no desk hides the lap"
    )
    turned_to_lens: Share = Field(0.35, description="of those, share that look to the lens and not straight ahead")
    off_centre: Annotated[Range, within(-1, 1)] = Field(
        (-0.2, 0.2), description="how far the face lies off the middle, in parts of the frame sideways"
    )
    raised: Annotated[Range, within(-1, 1)] = Field(
        (-0.04, 0.27), description="how far above the middle it lies, in parts of the frame's height"
    )


class CameraConfig(Ranges):
    """The webcam of a clip: its lens, and where it stands from between the eyes."""

    hfov_deg: Annotated[Range, within(1, 170)] = Field(
        (55.0, 80.0), description="field of view along the longer side of the frame, degrees"
    )
    distance_m: Metres = Field((0.36, 1.0), description="from the eyes to the lens, metres")
    height_m: Range = Field(
        (-0.18, 0.14),
        description="of the lens over the eyes, metres at a distance of 0.6 m and in proportion at others",
    )
    side_m: Range = Field(
        (-0.1, 0.1), description="of the lens from the face's middle, metres, positive to the person's left"
    )
    roll_deg: Degrees = Field((-2.0, 2.0), description="turn about the view axis, degrees")
    off_centre: Annotated[Range, within(-1, 1)] = Field(
        (-0.09, 0.09),
        description="how far the face lies off its place, in parts of the frame sideways, of which 0.7 up or down",
    )
    raised: Annotated[float, Field(ge=-1, le=1)] = Field(
        0.1, description="how far above the frame's middle the face lies on average, in parts of its height"
    )
    face_height: Annotated[Range, within(0.02, 2)] = Field(
        (0.24, 0.56),
        description="brow to chin and a little forehead, in parts of the frame's height; the distance suits it",
    )
    distortion_k1: Range = Field(
        (-0.08, 0.0),
        description="radial distortion, r (1 + k1 r^2) with r in half widths of the frame; negative is barrel",
    )
    f_stop: Annotated[Range, within(0.5, 64)] = Field((1.8, 2.8), description="aperture: how blurred the background is")
    framing: FramingConfig = Field(FramingConfig(), description="other framings")


class StudioConfig(Ranges):
    """Where the target's key, fill and rim stand, seen from the face, and their balance."""

    key_right: Share = Field(
        0.5, description="share of clips with the key on the camera's right; fill and rim stand on the other side"
    )
    key_azimuth_deg: Degrees = Field((20.0, 60.0), description="from the camera's direction to its own side, degrees")
    key_elevation_deg: Degrees = Field((10.0, 45.0), description="above the face, degrees")
    fill_azimuth_deg: Degrees = Field((15.0, 55.0), description="from the camera's direction to its own side, degrees")
    fill_elevation_deg: Degrees = Field((-5.0, 25.0), description="above the face, degrees")
    rim_azimuth_deg: Degrees = Field(
        (130.0, 160.0), description="from the camera's direction to its own side, degrees; beyond 90 it is behind"
    )
    rim_elevation_deg: Degrees = Field((20.0, 50.0), description="above the face, degrees")
    distance_m: Metres = Field((0.9, 1.6), description="of each light from the face, metres")
    size_m: Metres = Field((0.5, 1.1), description="side of the key's square, metres")
    fill_size: Scale = Field(1.3, description="the fill's side as a factor of a draw of size_m")
    rim_size: Scale = Field(0.6, description="the rim's side as a factor of a draw of size_m")
    key_fill_ratio: Annotated[Range, within(0.01, 100)] = Field(
        (1.2, 3.0), description="key to fill, illuminance at the face"
    )
    temperature_k: Kelvin = Field((4800.0, 6500.0), description="colour of the key, kelvin")
    fill_temperature_sd: Sd = Field(
        0.03, description="standard deviation of the fill's temperature from the key's, as a part of it"
    )
    fill_temperature_limits_k: Kelvin = Field(
        (4000.0, 8000.0), description="what the fill's temperature is held within, kelvin"
    )
    rim: Share = Field(0.0, description="share of lightings with a rim light")
    rim_gain: Annotated[Range, within(0, 100)] = Field(
        (0.3, 1.0), description="strength of the rim as a factor of the key's"
    )
    target_ambient: Share = Field(
        0.0,
        description="share of the room's light that reaches the subject in the target; 0: the room is background only",
    )


class WebcamConfig(Ranges):
    """The webcam's automatic exposure of the source. Some cameras expose for the face, most for the whole frame."""

    drawn: Share = Field(
        0.0,
        description="share of lightings with a webcam drawn from here; the others have scene_level, face_weight, "
        "face_goal and face_limits of render, which give faces as dark as the challenge's sources",
    )
    frame_level: Annotated[Range, within(0.02, 0.98)] = Field(
        (0.3, 0.5), description="mean sRGB luma, 0..1, to which the camera exposes the whole frame"
    )
    face_metering: Share = Field(0.4, description="share of cameras that expose for the face")
    face_weight: Unit = Field((0.6, 1.0), description="how far those do; 0: the frame only, 1: the face only")
    face_weight_else: Unit = Field((0.0, 0.35), description="how far the others do, whose metering favours the middle")
    face_goal: Unit = Field(
        (0.55, 0.95), description="light on the source's face that the camera aims at, as a share of the target's"
    )
    face_limits: Unit = Field(
        (0.02, 0.95),
        description="least and most light on the source's face, as shares of the target's, drawn stops included",
    )


Seconds = Annotated[Range, within(0.01, 600)]


class OverTimeConfig(Ranges):
    """Light that changes over a clip, and how the camera follows. Rooms made by `keyfill rooms` can, as they have a
    layer for each light; others stay as they are. Of what is asked for, a room shows what it has: a cloud needs a sun,
    a switch a lamp. The target's light on the person stays."""

    changing: Share = Field(0.0, description="share of lightings in which something changes, if the room has it")
    cloud: Share = Field(0.5, description="of those, a cloud passes the sun, by day")
    cloud_depth: Unit = Field((0.5, 0.97), description="what the cloud takes of the sun")
    cloud_sky: Unit = Field((0.0, 0.35), description="what it takes of the sky's light")
    cloud_edge_s: Seconds = Field((0.7, 5.0), description="from sun to shade, seconds")
    cloud_every_s: Seconds = Field((2.0, 15.0), description="from one edge to the next, seconds")
    monitor: Share = Field(0.5, description="of those, the picture on the monitor changes")
    monitor_gain: Annotated[Range, within(0, 20)] = Field(
        (0.15, 1.8), description="light of a picture on the monitor; 1: of the page that the room was rendered with"
    )
    monitor_tint: Annotated[Range, within(0, 1)] = Field((0.0, 0.35), description="how colourful its light is")
    monitor_every_s: Seconds = Field((0.4, 6.0), description="from cut to cut, seconds")
    switch: Share = Field(0.15, description="of those, a lamp is switched on or off")
    dim: Share = Field(0.3, description="of those, lamps are dimmed or brightened and of another colour, all the clip")
    dim_gain: Annotated[Range, within(0, 20)] = Field((0.25, 1.6), description="light of such lamps")
    dim_warm: Annotated[Range, within(-1, 1)] = Field(
        (-0.2, 0.3), description="their colour: red times 2 to this, blue divided by it"
    )
    flicker: Share = Field(0.35, description="of those, lamps flicker with the mains")
    flicker_60: Share = Field(0.4, description="of those that flicker, on 60 Hz; the others on 50")
    flicker_depth: Unit = Field((0.03, 0.4), description="how deep, after what the exposure time evens out")
    readout_s: Annotated[Range, within(0.0005, 0.1)] = Field(
        (0.008, 0.03), description="from the first row that the sensor reads to the last, seconds"
    )
    delay_s: Annotated[Range, within(0, 5)] = Field((0.05, 0.2), description="until the camera notices, seconds")
    exposure_s: Seconds = Field((0.15, 1.2), description="time constant of the automatic exposure, seconds")
    white_s: Seconds = Field((0.5, 4.0), description="time constant of the automatic white balance, seconds")
    dead_band_ev: Annotated[Range, within(0, 3)] = Field(
        (0.05, 0.3), description="how far off the exposure may be before the camera acts, stops"
    )


class RoomLightConfig(Ranges):
    """The source's light: the room, and for some clips a lamp or monitor near the face."""

    turned_rad: Range = Field((0.0, 2 * math.pi), description="how far the room is turned about the vertical, radians")
    turned_seat_rad: Annotated[Range, within(-math.pi, math.pi)] = Field(
        (-0.35, 0.35),
        description="the same of rooms made by keyfill rooms, which know where the person sits: what stands behind "
        "them stays there",
    )
    exposure_ev: Annotated[Range, within(-10, 10)] = Field(
        (-1.3, 0.5), description="added to the camera's own exposure, stops"
    )
    webcam: WebcamConfig = Field(WebcamConfig(), description="the source's camera and how it exposes")
    over_time: OverTimeConfig = Field(OverTimeConfig(), description="light that changes over a clip")
    desk_lamp: Share = Field(0.25, description="share of lightings with a lamp or a monitor near the face")
    desk_lamp_gain: Annotated[Range, within(0, 100)] = Field(
        (0.2, 1.0), description="its strength, 1 lights a card at the face as the room's mean does"
    )
    desk_lamp_temperature_k: Kelvin = Field((2700.0, 7500.0), description="its colour, kelvin")
    lamp: Share = Field(0.5, description="of those, the share of lamps; the others are monitors")
    lamp_right: Share = Field(0.5, description="share of lamps on the camera's right")
    lamp_azimuth_deg: Degrees = Field(
        (40.0, 80.0), description="of a lamp from the camera's direction to its own side, degrees"
    )
    lamp_elevation_deg: Degrees = Field((0.0, 35.0), description="of a lamp above the face, degrees")
    lamp_distance_m: Metres = Field((0.5, 0.9), description="of a lamp from the face, metres")
    lamp_size_m: Size = Field((0.15, 0.15), description="width and height of a lamp, metres")
    monitor_azimuth_rad: Annotated[Range, within(-math.pi, math.pi)] = Field(
        (-0.2, 0.2), description="of a monitor from the camera's direction, radians"
    )
    monitor_elevation_deg: Annotated[float, Field(ge=-90, le=90)] = Field(
        -12.0, description="of a monitor above the face, degrees; negative is below"
    )
    monitor_distance_m: Metres = Field((0.5, 0.7), description="of a monitor from the face, metres")
    monitor_size_m: Size = Field((0.55, 0.32), description="width and height of a monitor, metres")


class SubjectsConfig(Section):
    """A user's own character, which takes the drawn person's place."""

    blend: str = Field(description="path of the .blend file")
    collection: str = Field(description="name of the collection with the character in it")
    head: str = Field(description='what its head is: "Armature/bone" or the name of an empty')
    licence: str = Field("as given by the user", description="goes into the ledger of every data set with it")
    author: str = Field("", description="goes into the ledger of every data set with it")


def _places(given: Any) -> Any:
    if isinstance(given, str):
        return given
    if not isinstance(given, dict) or not given:
        raise ValueError("expected bpy, a folder, or folders with their weights, e.g. {data/rooms: 3, bpy: 1}")
    for place, weight in given.items():
        number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not number or not 0 < weight < math.inf:
            raise ValueError(f"{place}: expected a weight above 0, got {weight!r}; a folder of no weight is left out")
    return {str(place): float(weight) for place, weight in given.items()}


Rooms = Annotated[str | dict[str, float], BeforeValidator(_places)]


class ScenesConfig(Ranges):
    """Everything that `scenes.draw.draw_scene` draws from."""

    train_clips: Annotated[int, Field(ge=0, le=500_000)] = Field(1500, description="how many clips to train on")
    test_clips: Annotated[int, Field(ge=0, le=500_000)] = Field(
        500, description="how many clips to test on; they share no person and no room with the others"
    )
    width: Annotated[int, Field(ge=16, le=4096, multiple_of=2)] = Field(1280, description="of a frame, pixels, even")
    height: Annotated[int, Field(ge=16, le=4096, multiple_of=2)] = Field(720, description="of a frame, pixels, even")
    fps: Annotated[float, Field(gt=0, le=120)] = Field(30.0, description="frames per second")
    frames: Annotated[int, Field(ge=1, le=3000)] = Field(150, description="of a clip, how many")
    lightings_per_clip: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="how many lightings, each a pair of its own, a traced clip gets"
    )
    rooms: Rooms = Field(
        "bpy",
        description="bpy: the 8 HDRIs that come with it; calls: 8 small indoor rooms that come with keyfill; "
        "photographed: 18 small HDRIs of real places; the path of a folder of .hdr or .exr files; or several of these "
        "with their weights, e.g. {data/rooms: 3, bpy: 1}: of four lightings three get a room of data/rooms",
    )
    test_rooms: Share = Field(
        0.25, description="share of the rooms that are for test clips alone; 0 or 1: all are for one split"
    )
    people: PeopleConfig = Field(PeopleConfig(), description="who sits there")
    motion: MotionConfig = Field(MotionConfig(), description="how they move")
    camera: CameraConfig = Field(CameraConfig(), description="the webcam")
    studio: StudioConfig = Field(StudioConfig(), description="the target's light")
    room_light: RoomLightConfig = Field(RoomLightConfig(), description="the source's light")
    seat: SeatConfig = Field(SeatConfig(), description="how they sit, chair, desk and what is on it")
    company: CompanyConfig = Field(CompanyConfig(), description="a second person")
    subjects: SubjectsConfig | None = Field(None, description="a character of one's own; none: drawn people")

    @property
    def room_places(self) -> dict[str, float]:
        """Folders of rooms, or bpy, with their weights."""
        return {self.rooms: 1.0} if isinstance(self.rooms, str) else self.rooms

    @model_validator(mode="after")
    def _has_clips(self) -> Self:
        if self.train_clips + self.test_clips == 0:
            raise ValueError("expected at least one clip: set train_clips or test_clips")
        return self
