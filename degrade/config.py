"""What the degradation chain may draw: every stage optional, every range and probability stated, nothing silently
ignored.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from core.config import Section
from core.ranges import Range, Share, within
from degrade.config_passes import Blur, Group, Order, SecondOrder, Stage
from degrade.shares import CodecShares, MainsShares


class MotionBlur(Stage):
    """Smear along the subject's own motion (optical flow). `shutter` is the open share of the frame interval."""

    shutter: Annotated[Range, within(0.0, 1.0)] = (0.1, 0.8)


class Aberration(Stage):
    """Lateral chromatic aberration: red and blue magnified against green by up to `corner_px` at the corner, either
    way.
    """

    corner_px: Annotated[Range, within(0.0, 6.0)] = (0.2, 1.5)


class Optics(Group):
    """The lens, in linear light, before the sensor."""

    motion_blur: MotionBlur | None = None
    defocus: Blur | None = None
    aberration: Aberration | None = None


class Exposure(Stage):
    """Gain in stops: `ev` once per clip, then wandering by up to `drift_ev` (automatic exposure hunting)."""

    ev: Annotated[Range, within(-6.0, 4.0)] = (-0.8, 0.3)
    drift_ev: Annotated[Range, within(0.0, 2.0)] = (0.0, 0.25)


class WhiteBalance(Stage):
    """Gains of red and blue against green in stops: `red_ev` and `blue_ev` per clip, wandering by up to `drift_ev`."""

    red_ev: Annotated[Range, within(-2.0, 2.0)] = (-0.2, 0.25)
    blue_ev: Annotated[Range, within(-2.0, 2.0)] = (-0.25, 0.2)
    drift_ev: Annotated[Range, within(0.0, 1.0)] = (0.0, 0.06)


class Banding(Stage):
    """Flicker of lamps on the mains, seen through a rolling shutter. `depth` is the lamp's own modulation at twice the
    mains.
    """

    mains: MainsShares = MainsShares(hz50=0.5, hz60=0.5)
    depth: Annotated[Range, within(0.0, 1.0)] = (0.03, 0.25)
    exposure_s: Annotated[Range, within(0.0001, 0.1)] = (0.002, 0.012)
    readout_s: Annotated[Range, within(0.0, 0.1)] = (0.01, 0.03)


class Light(Group):
    """What the camera's exposure makes of the light, in linear light."""

    exposure: Exposure | None = None
    white_balance: WhiteBalance | None = None
    banding: Banding | None = None


class Sensor(Stage):
    """Shot and read noise in linear light: variance = shot x + read at unit gain, both scaled by the exposure's drift.

    `shot` is drawn evenly in its logarithm; read follows it: ln read = 2.18 ln shot + 1.20 + N(0, `read_spread`)
    (Brooks et al., "Unprocessing Images for Learned Raw Denoising", CVPR 2019). `grain_px` blurs the noise as
    demosaicking does.
    """

    shot: Annotated[Range, within(1e-7, 0.1)] = (1e-4, 0.012)
    read_spread: Annotated[float, Field(ge=0.0, le=2.0)] = 0.26
    grain_px: Annotated[Range, within(0.0, 3.0)] = (0.0, 0.0)


class TemporalDenoise(Stage):
    """The smear of a camera's temporal noise reduction: earlier frames leak in where the difference is small.

    `strength` is the earlier frame's weight; `threshold` the difference in levels beyond which nothing leaks.
    """

    strength: Annotated[Range, within(0.0, 0.95)] = (0.2, 0.7)
    threshold: Annotated[Range, within(1.0, 128.0)] = (6.0, 24.0)


class Sharpen(Stage):
    """Unsharp masking with its halos. `amount` 1 doubles the detail; `radius_px` is the Gaussian's sigma."""

    amount: Annotated[Range, within(0.0, 4.0)] = (0.2, 1.5)
    radius_px: Annotated[Range, within(0.3, 6.0)] = (0.7, 2.0)


class Colour(Stage):
    """Saturation (1 keeps) and contrast (1 keeps, about mid grey) on sRGB values."""

    saturation: Annotated[Range, within(0.0, 3.0)] = (0.7, 1.2)
    contrast: Annotated[Range, within(0.2, 3.0)] = (0.85, 1.15)


class Processor(Group):
    """The webcam's image processor, on sRGB levels."""

    temporal_denoise: TemporalDenoise | None = None
    sharpen: Sharpen | None = None
    colour: Colour | None = None


class FrameRate(Stage):
    """A camera or sender that shows fewer frames; each shown frame stays until the next."""

    fps: Annotated[Range, within(1.0, 240.0)] = (10.0, 25.0)


class Freeze(Stage):
    """The picture stands still for a while: `per_minute` freezes on average, `length_s` long."""

    per_minute: Annotated[Range, within(0.0, 120.0)] = (2.0, 15.0)
    length_s: Annotated[Range, within(0.0, 10.0)] = (0.15, 0.8)


class Drop(Stage):
    """Single frames that never arrive: each shown frame is lost with the drawn `share` and the one before stays."""

    share: Annotated[Range, within(0.0, 0.9)] = (0.01, 0.1)


class Delivery(Group):
    """Which captured frame is seen when. `retime_target` lets target and mask follow, so that a pair stays aligned."""

    frame_rate: FrameRate | None = None
    freeze: Freeze | None = None
    drop: Drop | None = None
    retime_target: bool = True


class Codec(Stage):
    """A call's video codec at a bitrate, low delay, one thread. `bits_per_pixel` x width x height x fps is the rate.

    `send_scale` is the share of the width and height that is sent; a closed group of pictures starts every
    `keyframe_s`.
    """

    kinds: CodecShares = CodecShares(h264=0.5, h265=0.1, vp9=0.3, av1=0.1)
    bits_per_pixel: Annotated[Range, within(0.001, 4.0)] = (0.02, 0.15)
    send_scale: Annotated[Range, within(0.1, 1.0)] = (1.0, 1.0)
    keyframe_s: Annotated[Range, within(0.1, 60.0)] = (2.0, 10.0)


class DegradeConfig(Section):
    """The whole chain, in the order in which it runs: optics, light, sensor, processor, first, second, delivery, codec.

    `severity` scales what is drawn towards nothing (0: the clip is returned as it came) while the draws themselves
    stay the same, so that one number steers a preset.
    """

    severity: Share = 1.0
    optics: Optics | None = None
    light: Light | None = None
    sensor: Sensor | None = None
    processor: Processor | None = None
    first: Order | None = None
    second: SecondOrder | None = None
    second_probability: Share = 1.0
    delivery: Delivery | None = None
    codec: Codec | None = None

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
    def _order_matters(cls, value: SecondOrder | None, info: ValidationInfo) -> SecondOrder | None:
        if value is None or "sinc_before_jpeg" not in value.model_fields_set:
            return value
        first = info.data.get("first")
        if value.sinc is None and value.resize is None and (first is None or first.resize is None):
            raise ValueError("sinc_before_jpeg has no effect without a sinc or a resize; drop it")
        return value
