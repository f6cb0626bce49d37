"""A published pass on 8-bit pictures: blur, resize, noise, JPEG; the second one ends with a sinc filter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from core.ranges import Share
from core.rng import rng_for
from degrade.stages.blur import BlurConfig, BlurParams, FinalSincConfig
from degrade.stages.jpeg import JpegConfig, JpegParams
from degrade.stages.noise import NoiseConfig, NoiseParams
from degrade.stages.resize import Mode, ResizeConfig, ResizeParams, resize
from degrade.stages.stage import Apply, ApplyContext, DrawContext, Group, Params, ParamsGroup, in_turn


class PassConfig(Group):
    """One pass of blur, resize, noise and JPEG; each may be left out."""

    blur: BlurConfig | None = Field(None, description="a blur by a published kernel")
    resize: ResizeConfig | None = Field(None, description="a change of size")
    noise: NoiseConfig | None = Field(None, description="noise on sRGB levels")
    jpeg: JpegConfig | None = Field(None, description="a JPEG round trip")

    def drawn(self, name: str, context: DrawContext) -> dict[str, Any]:
        back = "bilinear"
        if self.resize is not None:
            back = self.resize.modes.choose(rng_for(context.clip.seed, context.clip.key, f"degrade.{name}.back.draw"))
        return {"back": back, **super().drawn(name, context)}


class SecondPassConfig(PassConfig):
    """The second pass, which a sinc filter ends."""

    sinc: FinalSincConfig | None = Field(None, description="the sinc filter that ends the pass")
    sinc_before_jpeg: Share = Field(
        0.5, description="share of clips where the way back to the clip's size and the sinc come before the JPEG"
    )

    @field_validator("sinc_before_jpeg")
    @classmethod
    def _used(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("jpeg") is None:
            raise ValueError("has no effect without second.jpeg; drop this key or add that")
        return value

    def drawn(self, name: str, context: DrawContext) -> dict[str, Any]:
        rng = rng_for(context.clip.seed, context.clip.key, f"degrade.{name}.draw")
        rng.random()  # the number that `there` takes
        return {"sinc_first": bool(rng.random() < self.sinc_before_jpeg), **super().drawn(name, context)}

    def there(self, name: str, context: DrawContext, probability: float) -> bool:
        """Whether a clip has this pass."""
        return rng_for(context.clip.seed, context.clip.key, f"degrade.{name}.draw").random() < probability


class PassParams(ParamsGroup):
    """One pass: blur, resize, noise, JPEG. The last pass ends by going `back` to the clip's own size."""

    back: Mode = Field("bilinear", description="how the last pass goes back to the clip's own size")
    blur: BlurParams | None = None
    resize: ResizeParams | None = None
    noise: NoiseParams | None = None
    jpeg: JpegParams | None = None

    def order(self) -> tuple[str, ...]:
        """The names of its steps as they run."""
        return "blur", "resize", "noise", "jpeg", "back"

    def parts(self) -> Iterator[tuple[str, Params]]:
        return ((name, part) for name in self.order() if isinstance(part := getattr(self, name), Params))

    def prepare(self, context: ApplyContext, last: bool = True) -> Apply:
        """The pass for one clip; `context.name` is "first" or "second"; the `last` one ends at the clip's own size."""
        width, height, parts = context.clip.width, context.clip.height, dict(self.parts())
        steps: list[Apply] = []
        for name in self.order():
            if name in parts:
                steps.append(parts[name].prepare(replace(context, name=f"{context.name}.{name}")))
            elif name == "back" and last:
                steps.append(lambda picture, _: resize(picture, width, height, self.back))
        return in_turn(steps)


class SecondPassParams(PassParams):
    """The second pass; `sinc_first` puts the way back and the sinc before the JPEG instead of after it."""

    sinc: BlurParams | None = None
    sinc_first: bool = Field(False, description="the way back and the sinc come before the JPEG")

    def order(self) -> tuple[str, ...]:
        end = ("back", "sinc", "jpeg") if self.sinc_first else ("jpeg", "back", "sinc")
        return "blur", "resize", "noise", *end
