"""The `render` section of a config: how a clip is traced, denoised and exposed. No bpy, no torch."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.config import Section

Azimuth = Annotated[float, Field(ge=-360, le=360)]
Elevation = Annotated[float, Field(ge=-90, le=90)]


class OlatConfig(Section):
    """The lights of `rooms: olat`."""

    lights: int = Field(80, ge=4, le=512, description="how many, spread evenly; 32, 80 and 156 are usual")
    directions_deg: Annotated[tuple[tuple[Azimuth, Elevation], ...], Field(min_length=1, max_length=512)] | None = (
        Field(
            None,
            description="these lights instead: a list of [azimuth, elevation] in degrees, seen from the face; azimuth "
            "0 is the camera's direction, positive to the camera's right",
        )
    )
    diameter_deg: Annotated[float, Field(gt=0, le=90)] | None = Field(
        None, description="of each light, degrees; none: it fills the part of the sphere that lies nearest to it"
    )

    @property
    def count(self) -> int:
        """Of lights."""
        return self.lights if self.directions_deg is None else len(self.directions_deg)


class RenderConfig(Section):
    """How scenes become lit pairs. Every value goes into the manifest."""

    rooms: Literal["exact", "stage", "olat"] = Field(
        "stage",
        description="exact: one trace per room, the HDRI itself as light; stage: one trace for all rooms of a clip, "
        "fitted to them; olat: one trace for any room, lights of equal strength all around",
    )
    olat: OlatConfig = Field(OlatConfig(), description="the lights of rooms: olat")
    keep: Literal["pictures", "layers"] = Field(
        "pictures",
        description="what stays of a traced clip; layers: every frame's light layers too, beside the shards, for "
        "keyfill relight and for others",
    )
    patches: int = Field(80, ge=4, le=512, description="light groups of the stage, suns included")
    samples: int = Field(12, ge=1, le=65536, description="samples per pixel of the room trace")
    studio_samples: int = Field(12, ge=1, le=65536, description="samples per pixel of the key and fill trace")
    one_trace: bool = Field(
        False,
        description="exact only: the first room is traced together with the studio, `samples` for both; half the paths",
    )
    accumulate: int = Field(
        10, ge=0, le=32, description="frames on either side whose samples a frame shares, moved along with the subject"
    )
    samples_alone: int = Field(
        4,
        ge=1,
        le=64,
        description="times as many samples where frames cannot share: one frame only, or a user's own character",
    )
    bounces: int = Field(6, ge=0, le=64, description="longest light path")
    device: Literal["cpu", "cuda", "optix", "hip", "metal", "oneapi"] = Field(
        "cpu", description="what traces; refused where it is not there"
    )
    threads: int = Field(0, ge=0, le=1024, description="CPU threads of the tracer; 0 takes all")
    denoise: Literal["off", "fast", "balanced", "high"] = Field(
        "high", description="quality of Open Image Denoise, after composing"
    )
    scene_level: float = Field(
        0.24,
        gt=0.0,
        lt=1.0,
        description="mean sRGB luma, 0..1, to which the camera would expose the whole source frame",
    )
    face_weight: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="how far the camera exposes for the face instead; 0: the frame only, 1: the face only",
    )
    face_goal: float = Field(
        0.22,
        gt=0.0,
        le=1.0,
        description="light on the source's face that the camera aims at, as a share of the target's",
    )
    face_limits: tuple[float, float] = Field(
        (0.03, 0.42),
        description="least and most light on the source's face, as shares of the target's, drawn stops included",
    )
    target_level: float = Field(
        0.95, gt=0.0, le=4.0, description="display-linear value of a white card at a fair face under key and fill"
    )
    target_skin: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="how far the studio opens up for a darker face; 0: never, 1: all equally bright",
    )
    outputs: tuple[Literal["mask", "albedo", "normal", "depth"], ...] = Field(
        ("mask",), description="members that are written beside source and target"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        low, high = self.face_limits
        if not 0.0 <= low < high <= 1.0:
            raise ValueError("face_limits: expected [low, high] with 0 <= low < high <= 1")
        if self.one_trace and self.rooms != "exact":
            raise ValueError("one_trace: works with rooms: exact only; set rooms: exact or one_trace: false")
        return self
