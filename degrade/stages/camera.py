"""The camera's groups of stages: lens, light, image processor. What was drawn for them runs in the order of the fields,
but for light, which the chain puts around the sensor.
"""

from __future__ import annotations

from pydantic import Field

from degrade.stages.aberration import AberrationConfig, AberrationParams
from degrade.stages.banding import BandingConfig, BandingParams
from degrade.stages.blur import BlurConfig, BlurParams
from degrade.stages.colour import ColourConfig, ColourParams
from degrade.stages.exposure import ExposureConfig, ExposureParams
from degrade.stages.motion_blur import MotionBlurConfig, MotionBlurParams
from degrade.stages.rolling_shutter import RollingShutterConfig, RollingShutterParams
from degrade.stages.sharpen import SharpenConfig, SharpenParams
from degrade.stages.stage import Group, ParamsGroup
from degrade.stages.temporal_denoise import TemporalDenoiseConfig, TemporalDenoiseParams
from degrade.stages.white_balance import WhiteBalanceConfig, WhiteBalanceParams


class OpticsConfig(Group):
    """The lens, in linear light, before the sensor."""

    rolling_shutter: RollingShutterConfig | None = Field(None, exclude_if=Group.absent, description="rows read in turn")
    motion_blur: MotionBlurConfig | None = Field(None, description="smear along the subject's own motion")
    defocus: BlurConfig | None = Field(None, description="out of focus: a blur in linear light")
    aberration: AberrationConfig | None = Field(None, description="colour fringes that grow towards the corners")


class OpticsParams(ParamsGroup):
    """The lens."""

    rolling_shutter: RollingShutterParams | None = None
    motion_blur: MotionBlurParams | None = None
    defocus: BlurParams | None = None
    aberration: AberrationParams | None = None


class LightConfig(Group):
    """What the camera's exposure makes of the light, in linear light."""

    exposure: ExposureConfig | None = Field(None, description="gain of a clip, wandering as automatic exposure hunts")
    white_balance: WhiteBalanceConfig | None = Field(None, description="gains of red and blue against green")
    banding: BandingConfig | None = Field(None, description="flicker of lamps on the mains in bands")


class LightParams(ParamsGroup):
    """What the camera's exposure makes of the light."""

    exposure: ExposureParams | None = None
    white_balance: WhiteBalanceParams | None = None
    banding: BandingParams | None = None


class ProcessorConfig(Group):
    """The webcam's image processor, on sRGB levels."""

    temporal_denoise: TemporalDenoiseConfig | None = Field(None, description="smear of temporal noise reduction")
    sharpen: SharpenConfig | None = Field(None, description="unsharp masking with its halos")
    colour: ColourConfig | None = Field(None, description="saturation and contrast")


class ProcessorParams(ParamsGroup):
    """The webcam's image processor."""

    temporal_denoise: TemporalDenoiseParams | None = None
    sharpen: SharpenParams | None = None
    colour: ColourParams | None = None
