"""The `judge` section of a config: how our own judge is taught. No torch in here."""

from __future__ import annotations

from pydantic import Field

from core.config import Section
from core.ranges import Share


class JudgeConfig(Section):
    """How a judge is taught on comparisons whose answer is known, made of rendered pairs."""

    steps: int = Field(1500, ge=1, le=1_000_000, description="steps of training, a batch each")
    groups: int = Field(8, ge=1, le=256, description="moments in a batch, of each of which four versions are compared")
    frames: int = Field(3, ge=2, le=16, description="frames of a clip that it sees at a time")
    single: Share = Field(0.2, description="share of batches of single pictures, where flicker cannot be seen")
    studio: Share = Field(0.35, description="share of moments whose versions are room light, studio light and between")
    swapped: Share = Field(0.35, description="share of moments that are set before another background")
    held_people: Share = Field(0.15, description="share of the people, the last ones, that it is not taught on")
    held_rooms: Share = Field(0.15, description="share of the rooms that it is not taught on")
    held_batches: int = Field(
        40,
        ge=1,
        le=10_000,
        description="batches of held-out comparisons for its temperature, and as many for figures",
    )
    learning_rate: float = Field(1.5e-3, gt=0, le=1, description="highest rate, after a short rise; then a cosine")
    weight_decay: float = Field(1e-3, ge=0, le=10, description="of AdamW")
    again: int = Field(
        3, ge=0, le=1000, description="begun with another judge: steps on what its eyes saw before, a step"
    )
    average: float = Field(0.99, ge=0, lt=1, description="memory of the running average of weights, which is kept")
    bfloat16: bool = Field(
        False,
        description="teach with convolutions in bfloat16: a third less time where processors have it, three times as "
        "much where not",
    )
    check_every: int = Field(
        100, ge=1, description="steps between records of progress, from which a killed run goes on"
    )
    memory_gb: float = Field(1.5, gt=0, le=10_000, description="memory for pictures; what is beyond it is not read")
    pairs_share: Share = Field(0.15, description="share of moments that are degraded ones of pair shards, where given")
    votes_pull: float = Field(
        1.0,
        gt=0,
        le=1e6,
        description="how strongly votes must speak to move a factor's weight: standard deviation of "
        "its logarithm before any vote",
    )
