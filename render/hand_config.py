"""Lightings given by hand, for kept layers: a list in a file of its own."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from core.config import Section
from scenes.spec import LayerGain, LightFrom, Lighting, Webcam

Gain = Annotated[float, Field(ge=0, le=100)]
Kelvin = Annotated[float, Field(ge=1667, le=25000)]


class PlacedLight(Section):
    """A studio light placed among those that were traced one by one (`render.rooms: olat`)."""

    azimuth_deg: Annotated[float, Field(ge=-360, le=360)] = Field(
        description="seen from the face: 0 is the camera's direction, positive to the camera's right"
    )
    elevation_deg: Annotated[float, Field(ge=-90, le=90)] = Field(description="above the face")
    spread_deg: Annotated[float, Field(gt=0, le=90)] = Field(
        10.0, description="how wide: standard deviation over the angle; 1 is the nearest light alone"
    )


class HandWebcam(Section):
    """The camera's automatic exposure of the source, on the clip's middle frame."""

    frame_level: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="mean sRGB luma of the whole frame that it wants"
    )
    face_weight: Annotated[float, Field(ge=0, le=1)] = Field(description="how far it goes by the face instead")
    face_goal: Annotated[float, Field(gt=0, le=1)] = Field(
        description="light on the face that it wants, as a share of the target's"
    )
    face_limits: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(le=1)]] = Field(
        description="least and most light on the face, as shares of the target's"
    )


class HandTarget(Section):
    """A studio. What is not said stays as the clip's first lighting has it."""

    key_fill_ratio: Annotated[float, Field(gt=0, le=100)] | None = Field(None, description="illuminance at the face")
    key_temperature_k: Kelvin | None = Field(None, description="colour of the key, kelvin")
    fill_temperature_k: Kelvin | None = Field(None, description="colour of the fill, kelvin")
    rim_gain: Gain | None = Field(None, description="strength of the rim as a factor of the key's")
    target_ambient: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="share of the room's light that reaches the subject in the target"
    )
    key: PlacedLight | None = Field(None, description="takes the place of the traced key")
    fill: PlacedLight | None = Field(None, description="takes the place of the traced fill")
    rim: PlacedLight | None = Field(None, description="takes the place of the traced rim")


class HandLighting(HandTarget):
    """One lighting: a source, and a studio or several. What is not said stays as the clip's first lighting has it."""

    room: str | None = Field(None, description="name of the HDRI, without its ending")
    turned_deg: float | None = Field(None, description="how far the room is turned about the vertical, degrees")
    exposure_ev: Annotated[float, Field(ge=-10, le=10)] | None = Field(
        None, description="added to the camera's own exposure of the source, stops"
    )
    desk_lamp_gain: Gain | None = Field(None, description="1 lights a card at the face as the room's mean does")
    desk_lamp_temperature_k: Kelvin | None = Field(None, description="colour of the desk lamp, kelvin")
    webcam: HandWebcam | None = Field(None, description="the camera's automatic exposure of the source")
    layer_gains: dict[str, tuple[Gain, Gain, Gain]] | None = Field(
        None, description="factors, linear R, G, B, on single lights of the room by the names of their layers"
    )
    targets: tuple[HandTarget, ...] = Field(
        (), description="several studios for this one source, a pair each; what they do not say stays as said here"
    )

    def on(self, lighting: Lighting, clip: str, number: int) -> list[Lighting]:
        """`lighting` with what is said here, once for each target; keys are numbered from `number`."""
        first = replace(lighting, key=f"{clip}-light-{number:02d}", **_said(self))
        found = [replace(first, **_said(target)) for target in self.targets[:1]] or [first]
        for target in self.targets[1:]:
            key = f"{clip}-light-{number + len(found):02d}"
            found.append(replace(first, key=key, source_of=first.key, **_said(target)))
        return found


def _said(row: HandTarget) -> dict[str, Any]:
    """Fields of `Lighting`."""
    said: dict[str, Any] = {name: value for name, value in row if value is not None and name != "targets"}
    for name in ("key", "fill", "rim"):
        if name in said:
            light = said.pop(name)
            degrees = (light.azimuth_deg, light.elevation_deg, light.spread_deg)
            said[f"{name}_from"] = LightFrom(*map(math.radians, degrees))
    if "room" in said:
        said["hdri"] = said.pop("room")
    if "webcam" in said:
        said["webcam"] = Webcam(**dict(said.pop("webcam")))
    if "layer_gains" in said:
        said["layer_gains"] = tuple(LayerGain(*row) for row in said.pop("layer_gains").items()) or None
    if "turned_deg" in said:
        said["rotation_rad"] = math.radians(said.pop("turned_deg"))
    return said


class HandLightings(Section):
    """The file: every clip gets these lightings."""

    lightings: Annotated[tuple[HandLighting, ...], Field(min_length=1, max_length=64)]

    def on(self, lighting: Lighting, clip: str) -> tuple[Lighting, ...]:
        """All of them, numbered, for a clip whose first lighting is `lighting`."""
        found: list[Lighting] = []
        for row in self.lightings:
            found += row.on(lighting, clip, len(found))
        return tuple(found)
