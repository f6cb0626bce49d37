"""The `train` section of a config: architecture, loss weights, optimisation. No torch in here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from core.config import Section

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Weight = Annotated[float, Field(ge=0.0, le=1000.0)]


class LossConfig(Section):
    """Weights of the terms in `train_baseline.methods.loss` that are added to the error; 0 leaves a term out."""

    temporal: Weight = 3.0
    matte: Weight = 0.05
    """Cross-entropy between the predicted matte and the subject's mask."""
    subject: Weight = 0.25
    """Extra weight of a pixel on the subject: it counts `1 + subject` times."""


class TrainConfig(Section):
    """How the model is trained. Frames are shrunk to `height` lines, `frames` of each clip are kept in memory."""

    architecture: Literal["curves", "zeng"] = "curves"
    grid: Annotated[int, Field(ge=2, le=5)] = 3
    """The residual LUT is a sum of `grid`^3 products of three curves, which begin as bumps on a grid of colours
    (architecture curves only)."""
    matte: bool = True
    """Predict where the person is and keep the correction there; without it one LUT changes the whole frame."""
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 3000
    batch: Annotated[int, Field(ge=1, le=1024)] = 8
    pixels: Annotated[int, Field(ge=16, le=1_000_000)] = 1024
    """Pixels drawn from each frame of a batch; the network itself always sees the whole frame's thumbnail."""
    frames: Annotated[int, Field(ge=1, le=10_000)] = 8
    height: Annotated[int, Field(ge=16, le=2160)] = 180
    crop: Share = 0.3
    """Largest share of a frame's sides that is cut off in a batch, at random; each frame is mirrored half the time."""
    exposure: Annotated[float, Field(ge=0.0, le=2.0)] = 0.4
    """Standard deviation, in stops, by which the room of a batch's frame is lighter or darker: the source, and the
    target outside the subject, which the studio lights."""
    balance: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    """The same for red and for blue against green."""
    renew_every: Annotated[int, Field(ge=1)] = 500
    """Steps after which all clips are degraded anew, when training on clean shards; this runs beside training."""
    clean: Share = 0.2
    """Share of clips that stay as they are, when training on clean shards; the others are degraded."""
    learning_rate: Annotated[float, Field(gt=0.0, le=0.1)] = 5e-3
    weight_decay: Annotated[float, Field(ge=0.0, le=10.0)] = 0.01
    """Decoupled weight decay (AdamW), against over-fitting on few clips."""
    average: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.995
    """Decay of the exponential moving average of the weights, which is what is kept; 0 keeps the last weights."""
    validation: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    """Share of the train split's clips held out (with all their lightings) to watch for over-fitting."""
    check_every: Annotated[int, Field(ge=1)] = 250
    """Steps between two looks at the validation clips, and between two saved states that a killed run resumes from."""
    patience: Annotated[int, Field(ge=0)] = 0
    """Stop after this many looks without a better validation error; 0 never stops early."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """auto: bfloat16 autocast in the network on a GPU that has it, float32 elsewhere."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    loss: LossConfig = LossConfig()

    @model_validator(mode="after")
    def _early_stop_needs_clips(self) -> TrainConfig:
        if self.patience and not self.validation:
            raise ValueError("patience needs validation > 0: early stop watches clips held out of the train split")
        return self
