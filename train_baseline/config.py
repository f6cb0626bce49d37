"""The `train` section of a config: method, data, optimisation; each method's own keys. No torch in here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from core.config import Section
from core.ranges import Range, Share, within
from train_baseline.method_config import (
    CidnetConfig,
    ClutUnetConfig,
    IceLutConfig,
    LutsResidualConfig,
    QCidnetConfig,
    RestoreConfig,
)


class LossConfig(Section):
    """Weights of the terms in `train_baseline.methods.loss` that are added to the error; 0 leaves a term out."""

    temporal: float = Field(
        3.0, ge=0, le=1000, description="change of LUT and matte between neighbouring frames, against flicker"
    )
    matte: float = Field(
        0.05, ge=0, le=1000, description="cross-entropy between the predicted matte and the subject's mask"
    )
    subject: float = Field(0.25, ge=0, le=1000, description="a pixel on the subject counts `1 + subject` times")


class LutConfig(Section):
    """What all methods that predict a LUT from a thumbnail share."""

    matte: bool = Field(
        True,
        description="predict where the person is and keep the correction there; without it one LUT changes it all",
    )
    pixels: int = Field(
        1024, ge=16, le=1_000_000, description="pixels drawn from each frame of a batch, beside its whole thumbnail"
    )
    loss: LossConfig = Field(LossConfig(), description="weights of the terms of the loss")


class CurvesConfig(LutConfig):
    """Curves, a matrix and a residual LUT in CP form (`train_baseline.methods.curves`)."""

    name: Literal["curves"] = Field("curves", description="which method")
    grid: int = Field(
        3,
        ge=2,
        le=5,
        description="the residual LUT is a sum of `grid`^3 products of three curves, which begin as bumps on a grid of "
        "colours",
    )


class ZengConfig(LutConfig):
    """Three learned LUTs, blended (`train_baseline.methods.zeng`)."""

    name: Literal["zeng"] = Field("zeng", description="which method")


class FieldConfig(Section):
    """What methods share that say how much light is missing."""

    width: int = Field(32, ge=4, le=256, description="channels of the first layers; the later ones have twice as many")
    studio: Share = Field(0.35, description="share of a batch that is taught the studio's light from the room's")
    kept: Share = Field(0.2, description="share that is in good light and must stay; the rest is good light spoilt")
    backgrounds: Share = Field(0.5, description="share of a batch that is set before another background")
    stops: Annotated[Range, within(-6, 0)] = Field((-2.4, -0.5), description="exposure taken from spoilt light, stops")
    ramp_stops: float = Field(2.0, ge=0, le=6, description="most that spoilt light changes across the face, stops")
    expose: Share = Field(0.5, description="share of what a studio-lit face lacks to luma 112 that its light is raised")
    even: Share = Field(0.0, description="share taken off the slope of the studio's light from one cheek to the other")
    cast_stops: float = Field(0.3, ge=0, le=2, description="standard deviation of a cast, red up and blue down, stops")

    @model_validator(mode="after")
    def _leaves_some(self) -> FieldConfig:
        if self.studio + self.kept > 1:
            raise ValueError(f"studio and kept add up to {self.studio + self.kept:g}, expected at most 1")
        return self

    def shares(self) -> tuple[float, float, float]:
        """Probabilities of the three lessons: studio, kept, spoilt."""
        return self.studio, self.kept, 1 - self.studio - self.kept


class LightFieldConfig(FieldConfig):
    """Stops of light in a coarse field (`train_baseline.methods.light_field`)."""

    name: Literal["light_field"] = Field("light_field", description="which method")


class LutFieldConfig(FieldConfig):
    """The light field and a LUT behind it (`train_baseline.methods.lut_field`)."""

    name: Literal["lut_field"] = Field("lut_field", description="which method")
    grid: int = Field(2, ge=2, le=5, description="of the LUT, as that of `curves`")


MethodConfig = Annotated[
    CurvesConfig
    | ZengConfig
    | LightFieldConfig
    | LutFieldConfig
    | RestoreConfig
    | ClutUnetConfig
    | LutsResidualConfig
    | CidnetConfig
    | IceLutConfig
    | QCidnetConfig,
    Field(discriminator="name"),
]
_MOVED = {"architecture": "name", "grid": "grid", "matte": "matte", "pixels": "pixels", "loss": "loss"}
"""Keys of `train` that went to `train.method`, and what they are called there."""


class TrainConfig(Section):
    """How a model is trained. Keys of the method itself are in `method`; what used to be `architecture`, `grid`,
    `matte`, `pixels` and `loss` beside it is still read."""

    method: MethodConfig = Field(CurvesConfig(), description="the method by name, with its own keys")
    steps: int = Field(3000, ge=1, le=1_000_000, description="steps of training, a batch each")
    batch: int = Field(8, ge=1, le=1024, description="frames (of methods with a memory: runs of frames) in a batch")
    frames: int = Field(8, ge=1, le=10_000, description="frames of each clip to draw from, evenly spaced")
    height: int = Field(180, ge=16, le=2160, description="larger frames are shrunk to this many lines")
    memory_gb: float = Field(
        4.0,
        gt=0,
        le=10_000,
        description="memory for frames; of a larger set, as many clips as fit into half of it are drawn from for "
        "`renew_every` steps, while the next are read",
    )
    crop: float = Field(
        0.3,
        ge=0,
        le=1,
        description="largest share of a frame's sides that is cut off in a batch, at random (not where a method sees "
        "crops of a fixed size); each frame is mirrored half the time",
    )
    exposure: float = Field(
        0.4,
        ge=0,
        le=2,
        description="standard deviation, in stops, by which the room of a batch's frame is lighter or darker: the "
        "source, and the target outside the subject, which the studio lights",
    )
    balance: float = Field(0.1, ge=0, le=1, description="the same for red and for blue against green")
    renew_every: int = Field(
        500,
        ge=1,
        description="steps after which clean shards are degraded again, or the next clips of a large set come",
    )
    clean: float = Field(
        0.2, ge=0, le=1, description="share of clips that stay as they are, when training on clean shards"
    )
    learning_rate: float = Field(5e-3, gt=0, le=0.1, description="of AdamW, at its highest")
    weight_decay: float = Field(
        0.01, ge=0, le=10, description="decoupled weight decay (AdamW), against over-fitting on few clips"
    )
    average: float = Field(
        0.995,
        ge=0,
        lt=1,
        description="decay of the exponential moving average of the weights, which is kept; 0 keeps the last ones",
    )
    validation: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="share of the train split's clips held out (with all their lightings) to watch for over-fitting",
    )
    check_every: int = Field(
        250,
        ge=1,
        description="steps between two validations, and between two saved states that a killed run resumes from",
    )
    patience: int = Field(
        0, ge=0, description="stop after this many validations without a better error; 0 never stops early"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="auto: bfloat16 autocast in the network on a GPU that has it, float32 elsewhere"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: the GPU where there is one")

    @model_validator(mode="before")
    @classmethod
    def _method_of_older_configs(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        method = data.get("method", {})
        method = {"name": method} if isinstance(method, str) else method
        if not isinstance(method, dict):
            return data
        old = {new: data[key] for key, new in _MOVED.items() if key in data}
        if twice := [key for key, new in _MOVED.items() if key in data and new in method]:
            raise ValueError(f"{twice[0]}: given here and in train.method; keep train.method.{_MOVED[twice[0]]}")
        method = {"name": "curves", **old, **method}
        if method["name"] != "curves" and "grid" in old:
            del method["grid"]  # it used to stand beside every architecture
        return {"method": method, **{key: value for key, value in data.items() if key not in ("method", *_MOVED)}}

    @model_validator(mode="after")
    def _early_stop_needs_clips(self) -> TrainConfig:
        if self.patience and not self.validation:
            raise ValueError("patience needs validation > 0: early stop watches clips held out of the train split")
        return self

    def identity(self) -> dict[str, Any]:
        """What a trained model depends on, laid out as before `method` had keys of its own, and without `memory_gb`
        where that is the default, so that runs of then are known again."""
        data, method = self.model_dump(mode="json"), self.method.model_dump(mode="json")
        if self.memory_gb == TrainConfig.model_fields["memory_gb"].default:
            del data["memory_gb"]
        if not isinstance(self.method, LutConfig):
            return data
        del data["method"]
        return {**data, "grid": 3, **{old: method[new] for old, new in _MOVED.items() if new in method}}
