"""What the degradation chain may draw: every stage optional, every range and probability stated, nothing silently
ignored.
"""

from __future__ import annotations

from typing import get_args

from pydantic import Field, ValidationInfo, field_validator

from core.config import Section
from core.ranges import Share
from degrade.stages.aberration import AberrationConfig
from degrade.stages.banding import BandingConfig
from degrade.stages.blur import BlurConfig
from degrade.stages.codec import CodecConfig
from degrade.stages.colour import ColourConfig
from degrade.stages.delivery import DeliveryConfig
from degrade.stages.exposure import ExposureConfig
from degrade.stages.motion_blur import MotionBlurConfig
from degrade.stages.passes import PassConfig, SecondPassConfig
from degrade.stages.sensor import SensorConfig
from degrade.stages.sharpen import SharpenConfig
from degrade.stages.stage import Group, Part
from degrade.stages.temporal_denoise import TemporalDenoiseConfig
from degrade.stages.white_balance import WhiteBalanceConfig


class OpticsConfig(Group):
    """The lens, in linear light, before the sensor."""

    motion_blur: MotionBlurConfig | None = Field(None, description="smear along the subject's own motion")
    defocus: BlurConfig | None = Field(None, description="out of focus: a blur in linear light")
    aberration: AberrationConfig | None = Field(None, description="colour fringes that grow towards the corners")


class LightConfig(Group):
    """What the camera's exposure makes of the light, in linear light."""

    exposure: ExposureConfig | None = Field(None, description="gain of a clip, wandering as automatic exposure hunts")
    white_balance: WhiteBalanceConfig | None = Field(None, description="gains of red and blue against green")
    banding: BandingConfig | None = Field(None, description="flicker of lamps on the mains in bands")


class ProcessorConfig(Group):
    """The webcam's image processor, on sRGB levels."""

    temporal_denoise: TemporalDenoiseConfig | None = Field(None, description="smear of temporal noise reduction")
    sharpen: SharpenConfig | None = Field(None, description="unsharp masking with its halos")
    colour: ColourConfig | None = Field(None, description="saturation and contrast")


class DegradeConfig(Section):
    """The whole chain, in the order in which it runs: optics, light, sensor, processor, first, second, delivery,
    codec."""

    severity: Share = Field(
        1.0,
        description="scales what is drawn towards nothing (0: the clip is returned as it came) while the draws "
        "themselves stay the same, so that one number steers a preset",
    )
    optics: OpticsConfig | None = Field(None, description="the lens, in linear light")
    light: LightConfig | None = Field(None, description="exposure, white balance and banding, in linear light")
    sensor: SensorConfig | None = Field(None, description="shot and read noise in linear light")
    processor: ProcessorConfig | None = Field(None, description="the webcam's image processor, on sRGB levels")
    first: PassConfig | None = Field(None, description="a published pass of blur, resize, noise and JPEG")
    second: SecondPassConfig | None = Field(None, description="a second pass, which a sinc filter may end")
    second_probability: Share = Field(1.0, description="share of clips that have the second pass")
    delivery: DeliveryConfig | None = Field(None, description="which captured frame is seen when")
    codec: CodecConfig | None = Field(None, description="a call's video codec at a bitrate")

    @field_validator("second_probability")
    @classmethod
    def _second_used(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("second") is None:
            raise ValueError("has no effect without a second pass; drop this key or add `second`")
        if value == 0:
            raise ValueError("a second pass with probability 0 has no effect; leave `second` out")
        return value

    @field_validator("second")
    @classmethod
    def _order_matters(cls, value: SecondPassConfig | None, info: ValidationInfo) -> SecondPassConfig | None:
        if value is None or "sinc_before_jpeg" not in value.model_fields_set:
            return value
        first = info.data.get("first")
        if value.sinc is None and value.resize is None and (first is None or first.resize is None):
            raise ValueError("sinc_before_jpeg has no effect without a sinc or a resize; drop it")
        return value


def stage_names(model: type[Section] = DegradeConfig, prefix: str = "") -> dict[str, type[Part]]:
    """Every stage that a config can have: dotted name, e.g. "optics.defocus" -> its section."""
    found: dict[str, type[Part]] = {}
    for name, field in model.model_fields.items():
        for kind in get_args(field.annotation):
            if isinstance(kind, type) and issubclass(kind, Part):
                found[prefix + name] = kind
            elif isinstance(kind, type) and issubclass(kind, Group):
                found |= stage_names(kind, f"{prefix}{name}.")
    return found
