"""How a person sits and what stands around them, as it was drawn. Metres and radians; colors are linear Rec.709."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scenes.records import ABSENT

Propped = Literal["L", "R"]
ChairName = Literal["office", "high_back", "sofa", "dining"]
OnDesk = Literal["cup", "bottle", "books", "laptop", "phone"]
Edge = Literal["left", "right", "bottom"]
Color = tuple[float, float, float]


@dataclass(frozen=True)
class Sitting:
    """How the trunk is held. `turn_rad`: the whole body about the vertical, positive to the person's left;
    `slouch_rad`: forward, negative leans back; `side_rad`: to the person's left; `shrug_rad`: left and right shoulder,
    up; `steady`: how much of all that the neck makes up for; `propped`: the hand that the cheek rests on."""

    turn_rad: float
    slouch_rad: float
    side_rad: float
    shrug_rad: tuple[float, float]
    steady: float
    propped: Propped | None = field(default=None, metadata=ABSENT)


@dataclass(frozen=True)
class Chair:
    """A chair's back. `width_m`; `top_m`: its upper edge over the eyes; `gap_m`: behind the back; `headrest`: whether
    it has one; `roughness`, `color_linear` of its cover."""

    kind: ChairName
    width_m: float
    top_m: float
    gap_m: float
    headrest: bool
    roughness: float
    color_linear: Color


@dataclass(frozen=True)
class Placed:
    """Something on the desk: `right_m` towards the camera's right from the person's middle, `near_m` before
    the person, `turn_rad` about the vertical, `size` a factor of what is usual."""

    kind: OnDesk
    right_m: float
    near_m: float
    turn_rad: float
    size: float
    color_linear: Color


@dataclass(frozen=True)
class Desk:
    """A desk between person and camera: `width_m`, `depth_m` from the person on, `thick_m`, and what is on it."""

    width_m: float
    depth_m: float
    thick_m: float
    roughness: float
    color_linear: Color
    objects: tuple[Placed, ...]


@dataclass(frozen=True)
class Microphone:
    """A microphone on an arm: its head's place from between the eyes, right and up in the picture and towards the
    camera, its radius, and from which side the arm comes (1: the camera's right)."""

    right_m: float
    up_m: float
    near_m: float
    radius_m: float
    side: int
    color_linear: Color


@dataclass(frozen=True)
class ScreenEdge:
    """The edge of a screen or lid close before the lens: what share of the frame it hides, how far it leans, and its
    distance as a share of the face's."""

    side: Edge
    share: float
    lean_rad: float
    near: float
    color_linear: Color


@dataclass(frozen=True)
class Seat:
    """How a person sits, and what is drawn around them; None where there is no such thing."""

    sitting: Sitting
    chair: Chair | None = None
    desk: Desk | None = None
    microphone: Microphone | None = None
    edge: ScreenEdge | None = None
