"""How a person moves in one clip: every drawn event. Seconds from the clip's first frame, radians, hertz.

Turns: yaw is positive to the person's left, pitch and nod positive down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Mood = Literal[
    "neutral", "smile", "slight_smile", "interest", "thought", "doubt", "laugh", "frown", "surprise", "smirk"
]
Vowel = Literal["aa", "eh", "ee", "oh", "oo"]
Consonant = Literal["mbp", "fv", "sz", "lnt", "kg"]
Viseme = Literal[Vowel, Consonant]
Gesturing = Literal["talk", "explain", "wave"]
Side = Literal["L", "R"]
HandShape = Literal["open", "relaxed", "pinch", "point"]


class Fixation(NamedTuple):
    """Where the gaze rests from `start_s` until the next."""

    start_s: float
    yaw: float
    pitch: float


class Blink(NamedTuple):
    """Lids that close, stay, open; `depth` 1 shuts them."""

    start_s: float
    closing_s: float
    held_s: float
    opening_s: float
    depth: float


class Sound(NamedTuple):
    """A vowel or consonant; `stress` 0 to 1."""

    start_s: float
    viseme: Viseme
    stress: float
    length_s: float


class Expression(NamedTuple):
    """A mood until the next; `strength` 0 to 1."""

    start_s: float
    mood: Mood
    strength: float
    onset_s: float


class Nod(NamedTuple):
    """`times` nods of the head."""

    start_s: float
    size_rad: float
    hertz: float
    times: int


class Beat(NamedTuple):
    """A small dip of the head, and how far the brows lift, 0 to 1."""

    time_s: float
    dip_rad: float
    width_s: float
    brows: float


class Wave(NamedTuple):
    """One sine of a sway."""

    hertz: float
    amplitude_rad: float
    phase_rad: float


@dataclass(frozen=True)
class Sway:
    """The waves of the head's three turns and of the trunk's."""

    nod: tuple[Wave, ...]
    tilt: tuple[Wave, ...]
    yaw: tuple[Wave, ...]
    lean_x: tuple[Wave, ...]
    lean_y: tuple[Wave, ...]
    lean_z: tuple[Wave, ...]


@dataclass(frozen=True)
class Still:
    """How head and trunk are held, radians."""

    nod: float
    tilt: float
    yaw: float
    lean: float


@dataclass(frozen=True)
class Gesture:
    """A hand that comes up. `place`: of the wrist from between the eyes, metres out from the middle, towards the
    camera, up; `swing` metres, a wave's in radians; `reach`: seconds to come up, and to go down."""

    kind: Gesturing
    side: Side
    start: float
    stop: float
    reach: float
    place: tuple[float, float, float]
    hertz: float
    swing: float
    phase: float
    twist: float
    shape: HandShape


@dataclass(frozen=True)
class Motion:
    """Drawn motion. `lens`: yaw and pitch at which the camera is seen; `rest`: face actions always worn; `uneven`: how
    much stronger the left side moves, in expressions and in speech."""

    seconds: float
    talking: bool
    lens: tuple[float, float]
    blinks_per_minute: float
    blinks: tuple[Blink, ...]
    gaze: tuple[Fixation, ...]
    sounds: tuple[Sound, ...]
    expressions: tuple[Expression, ...]
    rest: dict[str, float]
    uneven: tuple[float, float]
    nods: tuple[Nod, ...]
    beats: tuple[Beat, ...]
    sway: Sway
    breath: Wave
    still: Still
    gestures: tuple[Gesture, ...]


@dataclass(frozen=True)
class Excerpt:
    """`seconds` of a recorded performance from its second `start` on; `sha256` of the file."""

    performance: str
    sha256: str
    start: float
    seconds: float
