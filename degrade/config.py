"""What the degradation chain may draw: every stage optional, every range and probability stated, nothing silently
ignored.
"""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from degrade.shares import (
    CodecShares,
    KernelShares,
    MainsShares,
    ModeShares,
    NoiseShares,
    ResizeShares,
    Share,
    int_span,
    needs,
    span,
)
from pairs.config import Section


class Stage(Section):
    """A part of the chain that is there with a probability, drawn once per clip."""

    probability: Share = 1.0

    @field_validator("probability")
    @classmethod
    def _not_never(cls, value: float) -> float:
        if value == 0.0:
            raise ValueError("a stage with probability 0 has no effect; leave the whole stage out (or set it to null)")
        return value


class Blur(Stage):
    """A blur kernel. `sigma` is the nominal spread in pixels along each axis, before the kernel is cut to `size`.

    `generalized_beta` and `plateau_beta` follow the published draw: half of the draws fall in [low, 1], half in [1,
    high]. `drift` is how far sigma wanders within a clip, as a share of itself, once about every second.
    """

    kinds: KernelShares = KernelShares(
        iso=0.45, aniso=0.25, generalized_iso=0.12, generalized_aniso=0.03, plateau_iso=0.12, plateau_aniso=0.03
    )
    size: int_span(3, 41) = (7, 21)
    sigma: span(0.01, 20.0) = (0.2, 3.0)
    generalized_beta: span(0.1, 16.0) = (0.5, 4.0)
    plateau_beta: span(0.1, 16.0) = (1.0, 2.0)
    sinc_cutoff: span(0.1, math.pi) | None = None
    drift: Share = 0.0

    @field_validator("size")
    @classmethod
    def _odd(cls, value: tuple[int, int]) -> tuple[int, int]:
        if value[0] % 2 == 0 or value[1] % 2 == 0:
            raise ValueError("kernel sizes are odd, expected two odd numbers")
        return value

    @field_validator("sigma")
    @classmethod
    def _sigma_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso")
        return value

    @field_validator("generalized_beta")
    @classmethod
    def _generalized_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "generalized_iso", "generalized_aniso")
        return value

    @field_validator("plateau_beta")
    @classmethod
    def _plateau_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "plateau_iso", "plateau_aniso")
        return value

    @field_validator("sinc_cutoff")
    @classmethod
    def _sinc_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "sinc")
        return value


class Resize(Stage):
    """A change of size; the chain returns to the input's size by itself. `scale` is [smallest, largest]; up draws in
    [1, largest].
    """

    kinds: ResizeShares = ResizeShares(up=0.2, down=0.7, keep=0.1)
    scale: span(0.05, 4.0) = (0.15, 1.5)
    modes: ModeShares = ModeShares(area=1 / 3, bilinear=1 / 3, bicubic=1 / 3)

    @field_validator("scale")
    @classmethod
    def _reaches(cls, value: tuple[float, float], info: ValidationInfo) -> tuple[float, float]:
        needs(info, "kinds", "up", "down")
        kinds = info.data.get("kinds")
        if kinds is not None and kinds.up > 0 and value[1] < 1:
            raise ValueError("empty range: kinds.up is possible but no scale is above 1")
        if kinds is not None and kinds.down > 0 and value[0] > 1:
            raise ValueError("empty range: kinds.down is possible but no scale is below 1")
        return value


class Noise(Stage):
    """Gaussian or Poisson noise on sRGB levels. `sigma` in levels of 255; `poisson_scale` multiplies noise of 256-level
    counts.
    """

    kinds: NoiseShares = NoiseShares(gaussian=0.5, poisson=0.5)
    sigma: span(0.0, 60.0) = (1.0, 30.0)
    poisson_scale: span(0.0, 6.0) = (0.05, 3.0)
    grey: Share = 0.4

    @field_validator("sigma")
    @classmethod
    def _sigma_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "gaussian")
        return value

    @field_validator("poisson_scale")
    @classmethod
    def _poisson_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "poisson")
        return value


class Jpeg(Stage):
    """A JPEG round trip, 4:2:0, whole-number quality drawn evenly from [low, high]."""

    quality: int_span(1, 100) = (30, 95)


class FinalSinc(Stage):
    """The last sinc filter of the published chain: ringing and overshoot."""

    probability: Share = 0.8
    size: int_span(3, 41) = (7, 21)
    cutoff: span(0.1, math.pi) = (math.pi / 3, math.pi)

    _odd = field_validator("size")(Blur._odd.__func__)


class Order(Section):
    """One pass of blur, resize, noise and JPEG; each may be left out."""

    blur: Blur | None = None
    resize: Resize | None = None
    noise: Noise | None = None
    jpeg: Jpeg | None = None


class SecondOrder(Order):
    """The second pass: `sinc` ends it, and `sinc_before_jpeg` is how often resize-back and sinc come before the
    JPEG.
    """

    sinc: FinalSinc | None = None
    sinc_before_jpeg: Share = 0.5

    @field_validator("sinc_before_jpeg")
    @classmethod
    def _used(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("jpeg") is None:
            raise ValueError("has no effect without second.jpeg; drop this key or add that")
        return value


class MotionBlur(Stage):
    """Smear along the subject's own motion (optical flow). `shutter` is the open share of the frame interval."""

    shutter: span(0.0, 1.0) = (0.1, 0.8)


class Aberration(Stage):
    """Lateral chromatic aberration: red and blue magnified against green by up to `corner_px` at the corner, either
    way.
    """

    corner_px: span(0.0, 6.0) = (0.2, 1.5)


class Optics(Section):
    """The lens, in linear light, before the sensor."""

    motion_blur: MotionBlur | None = None
    defocus: Blur | None = None
    aberration: Aberration | None = None


class Exposure(Stage):
    """Gain in stops: `ev` once per clip, then wandering by up to `drift_ev` (automatic exposure hunting)."""

    ev: span(-6.0, 4.0) = (-0.8, 0.3)
    drift_ev: span(0.0, 2.0) = (0.0, 0.25)


class WhiteBalance(Stage):
    """Gains of red and blue against green in stops: `red_ev` and `blue_ev` per clip, wandering by up to `drift_ev`."""

    red_ev: span(-2.0, 2.0) = (-0.2, 0.25)
    blue_ev: span(-2.0, 2.0) = (-0.25, 0.2)
    drift_ev: span(0.0, 1.0) = (0.0, 0.06)


class Banding(Stage):
    """Flicker of lamps on the mains, seen through a rolling shutter. `depth` is the lamp's own modulation at twice the
    mains.
    """

    mains: MainsShares = MainsShares(hz50=0.5, hz60=0.5)
    depth: span(0.0, 1.0) = (0.03, 0.25)
    exposure_s: span(0.0001, 0.1) = (0.002, 0.012)
    readout_s: span(0.0, 0.1) = (0.01, 0.03)


class Light(Section):
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

    shot: span(1e-7, 0.1) = (1e-4, 0.012)
    read_spread: Annotated[float, Field(ge=0.0, le=2.0)] = 0.26
    grain_px: span(0.0, 3.0) = (0.0, 0.0)


class TemporalDenoise(Stage):
    """The smear of a camera's temporal noise reduction: earlier frames leak in where the difference is small.

    `strength` is the earlier frame's weight; `threshold` the difference in levels beyond which nothing leaks.
    """

    strength: span(0.0, 0.95) = (0.2, 0.7)
    threshold: span(1.0, 128.0) = (6.0, 24.0)


class Sharpen(Stage):
    """Unsharp masking with its halos. `amount` 1 doubles the detail; `radius_px` is the Gaussian's sigma."""

    amount: span(0.0, 4.0) = (0.2, 1.5)
    radius_px: span(0.3, 6.0) = (0.7, 2.0)


class Colour(Stage):
    """Saturation (1 keeps) and contrast (1 keeps, about mid grey) on sRGB values."""

    saturation: span(0.0, 3.0) = (0.7, 1.2)
    contrast: span(0.2, 3.0) = (0.85, 1.15)


class Processor(Section):
    """The webcam's image processor, on sRGB levels."""

    temporal_denoise: TemporalDenoise | None = None
    sharpen: Sharpen | None = None
    colour: Colour | None = None


class FrameRate(Stage):
    """A camera or sender that shows fewer frames; each shown frame stays until the next."""

    fps: span(1.0, 240.0) = (10.0, 25.0)


class Freeze(Stage):
    """The picture stands still for a while: `per_minute` freezes on average, `length_s` long."""

    per_minute: span(0.0, 120.0) = (2.0, 15.0)
    length_s: span(0.0, 10.0) = (0.15, 0.8)


class Drop(Stage):
    """Single frames that never arrive: each shown frame is lost with the drawn `share` and the one before stays."""

    share: span(0.0, 0.9) = (0.01, 0.1)


class Delivery(Section):
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
    bits_per_pixel: span(0.001, 4.0) = (0.02, 0.15)
    send_scale: span(0.1, 1.0) = (1.0, 1.0)
    keyframe_s: span(0.1, 60.0) = (2.0, 10.0)


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
        return value
