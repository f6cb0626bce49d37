"""What the degradation chain may draw: every stage optional, every range and probability stated, nothing silently
ignored.
"""

from __future__ import annotations

from typing import get_args

from pydantic import Field, ValidationInfo, field_validator

from core.config import Section
from core.ranges import Share
from degrade.stages.camera import LightConfig, OpticsConfig, ProcessorConfig
from degrade.stages.codec import CodecConfig
from degrade.stages.delivery import DeliveryConfig
from degrade.stages.passes import PassConfig, SecondPassConfig
from degrade.stages.sensor import SensorConfig
from degrade.stages.stage import MOVABLE, Group, Movable, Part


class DegradeConfig(Section):
    """The whole chain, in the order in which it runs: optics, light, sensor, processor, first, second, delivery,
    codec, server. `order` moves what comes after the processor."""

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
    server: CodecConfig | None = Field(
        None, exclude_if=Group.absent, description="the codec of the call's server, which codes the video once more"
    )
    order: tuple[Movable, ...] | None = Field(
        None,
        exclude_if=Group.absent,
        description="those of first, second, codec and server that the config has, in another order than this one",
    )

    @property
    def idle(self) -> bool:
        """Whether this leaves every clip as it is: no stage, or a severity of 0."""
        stages = self.model_dump(exclude={"severity", "second_probability", "order"}, exclude_none=True)
        return self.severity == 0 or not any(stages.values())

    @field_validator("order")
    @classmethod
    def _each_once(cls, value: tuple[Movable, ...] | None, info: ValidationInfo) -> tuple[Movable, ...] | None:
        there = [name for name in MOVABLE if info.data.get(name) is not None]
        if value is not None and sorted(value) != sorted(there):
            raise ValueError(f"name each that the config has once: {', '.join(there) or 'it has none'}")
        if value is not None and list(value) == there:
            raise ValueError("is the order in which they run anyway; drop it")
        return value

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
