"""The `render` section of a config: how a clip is traced, denoised and exposed. No bpy, no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pairs.config import Section


class RenderConfig(Section):
    """How scenes become lit pairs. Every value goes into the manifest."""

    rooms: Literal["exact", "stage"] = Field(
        "stage",
        description="exact: one trace per room, the HDRI itself as light; stage: one trace for all rooms of a clip",
    )
    patches: int = Field(80, ge=4, le=512, description="light groups of the stage, suns included")
    samples: int = Field(48, ge=1, le=65536, description="samples per pixel of the room trace")
    studio_samples: int = Field(24, ge=1, le=65536, description="samples per pixel of the key and fill trace")
    bounces: int = Field(6, ge=0, le=64, description="longest light path")
    device: Literal["cpu", "cuda", "optix", "hip", "metal", "oneapi"] = "cpu"
    threads: int = Field(0, ge=0, le=1024, description="CPU threads of the tracer; 0 takes all")
    denoise: Literal["off", "fast", "balanced", "high"] = "high"
    scene_level: float = Field(
        0.24, gt=0.0, lt=1.0, description="mean sRGB luma, 0..1, to which the camera exposes the whole source frame"
    )
    highlight_level: float = Field(
        0.9, gt=0.0, le=16.0, description="display-linear value that the brightest fiftieth of the source frame may reach"
    )
    target_level: float = Field(
        0.80, gt=0.0, le=4.0, description="display-linear value of a white card at the face under key and fill"
    )
    outputs: tuple[Literal["mask", "albedo", "normal", "depth"], ...] = ("mask",)
