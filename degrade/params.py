"""What was drawn for one clip: frozen, complete, plain JSON; with the same versions it gives the same bytes again."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import Field

from core import config
from core.config import Section


class Drift(Section):
    """A value that wanders smoothly: `values` stand `every` frames apart, joined by half waves of a cosine."""

    values: tuple[float, ...] = Field(min_length=1)
    every: float = Field(default=1.0, gt=0)

    def at(self, frame: int) -> float:
        """The value at `frame`; before the first and after the last knot it stays."""
        place = min(max(frame / self.every, 0.0), len(self.values) - 1.0)
        left = min(int(place), len(self.values) - 2) if len(self.values) > 1 else 0
        if len(self.values) == 1:
            return self.values[0]
        ease = 0.5 - 0.5 * math.cos(math.pi * (place - left))
        return self.values[left] + (self.values[left + 1] - self.values[left]) * ease


class Blur(Section):
    """A kernel `size` x `size`. Sigmas in pixels, rotation and `cutoff` in radians; `widen` multiplies both sigmas."""

    kind: Literal["iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso", "sinc"]
    size: int = Field(ge=3, le=41)
    sigma_x: float = Field(default=0.0, ge=0)
    sigma_y: float = Field(default=0.0, ge=0)
    rotation_rad: float = 0.0
    beta: float = Field(default=1.0, gt=0)
    cutoff_rad: float = Field(default=math.pi, gt=0)
    widen: Drift | None = None


class Resize(Section):
    """To `width` x `height` pixels by `mode`."""

    width: int = Field(ge=1)
    height: int = Field(ge=1)
    mode: Literal["area", "bilinear", "bicubic"]


class Noise(Section):
    """Noise on sRGB levels: Gaussian with `strength` = sigma in levels, or Poisson with `strength` = its scale."""

    kind: Literal["gaussian", "poisson"]
    strength: float = Field(ge=0)
    grey: bool


class Jpeg(Section):
    """A JPEG round trip at `quality`."""

    quality: int = Field(ge=1, le=100)


class Order(Section):
    """One pass: blur, resize, noise, JPEG. The last pass ends by going `back` to the clip's own size by that mode."""

    back: Literal["area", "bilinear", "bicubic"] = "bilinear"
    blur: Blur | None = None
    resize: Resize | None = None
    noise: Noise | None = None
    jpeg: Jpeg | None = None


class SecondOrder(Order):
    """The second pass; `sinc_first` puts the way back and the sinc before the JPEG instead of after it."""

    sinc: Blur | None = None
    sinc_first: bool = False


class Optics(Section):
    """`shutter`: open share of the frame interval; `aberration_px`: how far red goes out (and blue in) at the
    corner.
    """

    shutter: float | None = None
    defocus: Blur | None = None
    aberration_px: float | None = None


class Banding(Section):
    """Mains `flicker_hz` (twice the mains), relative `depth` after the exposure time's averaging, `phase_rad`,
    `readout_s`.
    """

    flicker_hz: float
    depth: float
    phase_rad: float
    readout_s: float


class Light(Section):
    """Gains in stops over time, and banding."""

    exposure_ev: Drift | None = None
    red_ev: Drift | None = None
    blue_ev: Drift | None = None
    banding: Banding | None = None


class Sensor(Section):
    """Variance in linear light = shot x + read at unit gain."""

    shot: float = Field(ge=0)
    read: float = Field(ge=0)
    grain_px: float = Field(default=0.0, ge=0)


class TemporalDenoise(Section):
    """Weight of each earlier frame against the next, and the difference in levels where leaking stops."""

    strength: float = Field(ge=0, lt=1)
    threshold: float = Field(gt=0)


class Sharpen(Section):
    """Unsharp mask: `amount` of the detail finer than a Gaussian of `radius_px`."""

    amount: float = Field(ge=0)
    radius_px: float = Field(gt=0)


class Colour(Section):
    """Saturation and contrast; 1 keeps."""

    saturation: float = Field(ge=0)
    contrast: float = Field(gt=0)


class Processor(Section):
    """The webcam's image processor."""

    temporal_denoise: TemporalDenoise | None = None
    sharpen: Sharpen | None = None
    colour: Colour | None = None


class Delivery(Section):
    """`shown[t]` is the captured frame that is seen at t; target and mask follow when `retime_target`."""

    shown: tuple[int, ...]
    retime_target: bool = True


class Codec(Section):
    """One encoder run per closed group of pictures; `starts` are the groups' first frames. Sent at `width` x
    `height`.
    """

    kind: Literal["h264", "h265", "vp9", "av1"]
    kbps: float = Field(gt=0)
    fps: float = Field(gt=0)
    width: int = Field(ge=2)
    height: int = Field(ge=2)
    starts: tuple[int, ...]


class DegradeParams(Section):
    """Everything that was drawn for clip `key`; `seed` and `key` name the noise streams. A stage that is None is not
    there.
    """

    seed: int
    key: str
    frames: int = Field(ge=1)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    fps: float = Field(gt=0)
    optics: Optics | None = None
    light: Light | None = None
    sensor: Sensor | None = None
    processor: Processor | None = None
    first: Order | None = None
    second: SecondOrder | None = None
    delivery: Delivery | None = None
    codec: Codec | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data; stages that are not there are left out."""
        return self.model_dump(mode="json", exclude_none=True)

    @staticmethod
    def from_json(data: Any, name: str = "degrade parameters") -> DegradeParams:
        """The inverse of `to_json`; InputError naming `name`, the key and the value when something does not fit."""
        return config.validate(data, DegradeParams, None, name)

    def only(self, *stages: str) -> DegradeParams:
        """The same parameters with all but the named stages left out, e.g. `only("delivery")` for a mask."""
        every = ("optics", "light", "sensor", "processor", "first", "second", "delivery", "codec")
        unknown = set(stages) - set(every)
        if unknown:
            raise ValueError(f"no stage {sorted(unknown)[0]!r}; the stages are {', '.join(every)}")
        return self.model_copy(update={name: None for name in every if name not in stages})
