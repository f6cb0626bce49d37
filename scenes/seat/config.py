"""How people may sit, and what may stand around them: shares, sizes and places."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.ranges import Chances, IntRange, Range, Ranges, Share, Spread, within
from scenes.seat.record import ChairName, Edge, OnDesk

Metres = Annotated[Range, within(0.001, 5)]
Unit = Annotated[Range, within(0, 1)]
_CHAIRS: dict[ChairName, float] = {"office": 0.45, "high_back": 0.22, "sofa": 0.2, "dining": 0.13}
_ON_DESK: dict[OnDesk, float] = {"cup": 0.3, "bottle": 0.2, "books": 0.15, "laptop": 0.25, "phone": 0.1}
_EDGES: dict[Edge, float] = {"bottom": 0.6, "left": 0.2, "right": 0.2}


class PaintConfig(Ranges):
    """Colors of things, linear reflectance."""

    lightness: Annotated[Range, within(0.001, 1)] = Field(
        (0.015, 0.6), description="of their brightest channel, linear; as many dark things as light ones"
    )
    colorful: Unit = Field((0.0, 0.7), description="0 is grey, 1 as strong as can be")
    grey: Share = Field(0.55, description="share of things without a color, which are wood-brown or grey")


class ChairConfig(Ranges):
    """The back of a chair."""

    kinds: Chances[ChairName] = Field(_CHAIRS, description="probabilities of each")
    width_m: Metres = Field((0.42, 0.56), description="of the back, metres; a sofa is 2.6 times as wide")
    top_m: Annotated[Range, within(-1, 1)] = Field(
        (-0.34, -0.12), description="its upper edge over the eyes, metres; negative is below; a sofa's is 0.14 lower"
    )
    high_top_m: Annotated[Range, within(-1, 1)] = Field((-0.06, 0.12), description="the same of a high back")
    gap_m: Annotated[Range, within(-0.2, 1)] = Field((0.0, 0.06), description="between it and the back, metres")
    headrest: Share = Field(0.3, description="share of office chairs with a headrest")
    roughness: Unit = Field((0.3, 0.95), description="of its cover, 0 to 1 as the renderer has it")


class DeskConfig(Ranges):
    """A desk between person and camera; its top is where the hands lie."""

    width_m: Metres = Field((1.3, 2.4), description="from its left end to its right, metres")
    depth_m: Metres = Field((0.5, 1.0), description="from the person on, metres; it ends before the lens")
    thick_m: Metres = Field((0.018, 0.045), description="of its top, metres")
    roughness: Unit = Field((0.15, 0.8), description="of its top, 0 to 1 as the renderer has it")
    objects: Annotated[IntRange, within(0, 20)] = Field((0, 4), description="on it, how many")
    kinds: Chances[OnDesk] = Field(_ON_DESK, description="probabilities of each")
    right_m: Annotated[Range, within(-3, 3)] = Field(
        (-0.5, 0.5), description="where they stand, towards the camera's right, metres"
    )
    near_m: Annotated[Range, within(0, 3)] = Field(
        (0.22, 0.6), description="how far they stand before the person, metres"
    )
    size: Annotated[Range, within(0.1, 4)] = Field((0.85, 1.25), description="factor of their usual size")


class MicrophoneConfig(Ranges):
    """A microphone on an arm."""

    right_m: Annotated[Range, within(-1, 1)] = Field(
        (0.03, 0.2), description="of its head from the face's middle, metres, to the side that its arm comes from"
    )
    up_m: Annotated[Range, within(-1, 1)] = Field((-0.3, -0.13), description="over the eyes, metres")
    near_m: Metres = Field((0.16, 0.3), description="before the eyes, metres")
    radius_m: Metres = Field((0.02, 0.034), description="of its head, metres")


class EdgeConfig(Ranges):
    """The edge of a screen or of a lid before the lens."""

    sides: Chances[Edge] = Field(_EDGES, description="probabilities of where it comes into the picture")
    share: Unit = Field((0.03, 0.16), description="share of the frame that it hides")
    lean_rad: Annotated[Range, within(-1.5, 1.5)] = Field((-0.12, 0.12), description="how far it leans, radians")
    near: Annotated[Range, within(0.05, 0.9)] = Field((0.3, 0.7), description="its distance as a share of the face's")


class SittingConfig(Ranges):
    """How the trunk is held."""

    turn: Annotated[Spread, within(-1.5, 1.5)] = Field(
        Spread(mean=0.0, sd=0.22, low=-0.6, high=0.6),
        description="turn of the body about the vertical, radians, positive to the person's left",
    )
    slouch: Annotated[Spread, within(-1, 1)] = Field(
        Spread(mean=0.04, sd=0.11, low=-0.22, high=0.32), description="lean forwards, radians; negative: back"
    )
    side: Annotated[Spread, within(-1, 1)] = Field(
        Spread(mean=0.0, sd=0.07, low=-0.2, high=0.2), description="lean to the person's left, radians"
    )
    shrug: Annotated[Spread, within(-1, 1)] = Field(
        Spread(mean=0.0, sd=0.07, low=-0.16, high=0.2), description="lift of each shoulder, radians"
    )
    propped: Share = Field(0.05, description="share with the head on a hand, the elbow on a desk, which is there then")
    steady: Unit = Field((0.75, 1.0), description="how much of all that the neck makes up for")


class SeatConfig(Ranges):
    """How people sit and what stands around them. Things are no part of the person: `mask` leaves them out, and in the
    target they stay in the room's light."""

    drawn: Share = Field(0.8, description="share of clips that have any of this; the others sit upright before nothing")
    chair: Share = Field(0.6, description="of those, share with a chair's back in view, or just below")
    desk: Share = Field(0.5, description="of those, share with a desk; where the frame shows the lap, all have one")
    microphone: Share = Field(0.06, description="of those, share with a microphone on an arm")
    edge: Share = Field(0.1, description="of those, share with the edge of a screen or lid before the lens")
    sitting: SittingConfig = Field(SittingConfig(), description="how the trunk is held")
    chairs: ChairConfig = Field(ChairConfig(), description="the back of a chair")
    desks: DeskConfig = Field(DeskConfig(), description="desks")
    microphones: MicrophoneConfig = Field(MicrophoneConfig(), description="microphones")
    edges: EdgeConfig = Field(EdgeConfig(), description="edges before the lens")
    paint: PaintConfig = Field(PaintConfig(), description="colors of things")
