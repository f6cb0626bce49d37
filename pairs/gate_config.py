"""The `gate` section of a config: the limits a clip must keep to before it enters a shard. Loads no decoder."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.config import Section


class GateConfig(Section):
    """Limits of the quality gate. Levels are 8-bit sRGB (0 to 255); a limit of 0 turns its rule off."""

    blank_std: float = Field(1.0, ge=0, description="a frame that varies less than this (standard deviation) is blank")
    identical_difference: float = Field(
        0.5, ge=0, description="minimum mean difference of source and target on the subject"
    )
    firefly_step: float = Field(
        80.0, ge=0, description="a pixel this many levels over the median of its 3x3 is a firefly"
    )
    firefly_share: float = Field(3e-4, ge=0, le=1, description="maximum share of the frame's pixels that are fireflies")
    subject_share: float = Field(0.02, ge=0, le=1, description="minimum share of the frame that the subject covers")
    face_frames: float = Field(0.5, ge=0, le=1, description="minimum share of frames with the face inside the frame")
    face_gain: float = Field(0.0, ge=-255, le=255, description="minimum mean of target - source on the face")
    face_rule: bool = Field(True, description="whether the face of the target must be brighter than that of the source")
    on_bad_lighting: Literal["drop", "refuse"] = Field(
        "drop", description="some lightings of a clip are bad: leave those out, or refuse the whole clip"
    )
    redraws: int = Field(0, ge=0, le=10, description="how often a refused clip is drawn again before quarantine")
