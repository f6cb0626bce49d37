"""What was drawn for one clip: frozen, complete, plain JSON; with the same versions it gives the same bytes again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

from pydantic import Field, field_validator

from core import config
from core.config import Section
from degrade.stages.camera import LightParams, OpticsParams, ProcessorParams
from degrade.stages.codec import CodecParams
from degrade.stages.delivery import DeliveryParams
from degrade.stages.passes import PassParams, SecondPassParams
from degrade.stages.sensor import SensorParams
from degrade.stages.stage import MOVABLE, Clip, Movable, Params, ParamsGroup
from pairs.one_shape import NONE, section_shaped


class DegradeParams(Clip):
    """Everything that was drawn for a clip, in the order in which it runs. A stage that is None is not there."""

    optics: OpticsParams | None = None
    light: LightParams | None = None
    sensor: SensorParams | None = None
    processor: ProcessorParams | None = None
    first: PassParams | None = None
    second: SecondPassParams | None = None
    delivery: DeliveryParams | None = None
    codec: CodecParams | None = None
    server: CodecParams | None = None
    order: tuple[Movable, ...] | None = Field(
        None, description="of those that can change places, where it is not theirs"
    )

    @field_validator("order", mode="before")
    @classmethod
    def _none_for_empty(cls, value: Any) -> Any:
        return None if isinstance(value, (list, tuple)) and list(value) in ([], [NONE]) else value

    def running(self) -> tuple[Movable, ...]:
        """What runs after the camera's processor, in order."""
        there = [name for name in MOVABLE if getattr(self, name) is not None]
        return tuple(name for name in self.order or MOVABLE if name in there)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data; stages that are not there are left out."""
        return self.model_dump(mode="json", exclude_none=True)

    @staticmethod
    def from_json(data: Any, name: str = "degrade parameters") -> DegradeParams:
        """The inverse of `to_json`, and of what a sample holds (`DegradeRecord`); InputError naming `name`, the key and
        the value when something does not fit."""
        if isinstance(data, dict) and isinstance(drawn := data.get("drawn"), list):
            data = _only(DegradeParams, {name: value for name, value in data.items() if name != "drawn"}, set(drawn))
        return config.validate(data, DegradeParams, None, name)

    def stages(self) -> Iterator[tuple[str, Params]]:
        """Every stage that is there, by name such as "optics.defocus"."""
        for name, part in self:
            if isinstance(part, Params):
                yield name, part
            elif isinstance(part, ParamsGroup):
                yield from ((f"{name}.{inner}", stage) for inner, stage in part.parts())

    def words(self) -> list[str]:
        """One short text per stage that changes something; empty when the clip is left as it is."""
        texts = (stage.words(name.split(".")[-1], self) for name, stage in self.stages())
        return [text for text in texts if text]

    def only(self, *names: str) -> DegradeParams:
        """The same parameters with all but the named parts left out, e.g. `only("delivery")` for a mask."""
        every = [name for name in type(self).model_fields if name not in Clip.model_fields and name != "order"]
        unknown = set(names) - set(every)
        if unknown:
            raise ValueError(f"no stage {sorted(unknown)[0]!r}; the stages are {', '.join(every)}")
        return self.model_copy(update={name: None for name in every if name not in names})

    def where(self, holds: Callable[[Params], bool]) -> DegradeParams:
        """The same parameters with only the stages for which `holds`."""
        kept: dict[str, Any] = {}
        for name, part in self:
            if isinstance(part, Params):
                kept[name] = part if holds(part) else None
            elif isinstance(part, ParamsGroup):
                away = {inner: None for inner, stage in part.parts() if not holds(stage)}
                kept[name] = part.model_copy(update=away)
        return self.model_copy(update=kept)


class DegradeRecord(DegradeParams):
    """As a sample holds them: every stage is there, with zeros where it was not drawn."""

    drawn: tuple[str, ...] = Field((), description="what was drawn, by path: the others are zeros and do nothing")

    @staticmethod
    def of(params: DegradeParams) -> dict[str, Any]:
        """What to put into a sample, in the shape that is the same in all (`pairs.one_shape`)."""
        return dict(section_shaped("degrade", {**params.to_json(), "drawn": sorted(_drawn(params))}))


def _drawn(section: Section, path: str = "") -> Iterator[str]:
    """Paths of all that may be absent and is there."""
    for name, value in section:
        if isinstance(value, Section):
            if type(section).model_fields[name].default is None:
                yield f"{path}{name}"
            yield from _drawn(value, f"{path}{name}.")


def _only(kind: type[Section], data: dict[str, Any], drawn: set[str], path: str = "") -> dict[str, Any]:
    """A record of this kind with what was drawn of it alone."""
    kept = dict(data)
    for name, field in kind.model_fields.items():
        inner = next(
            (one for one in get_args(field.annotation) if isinstance(one, type) and issubclass(one, Section)), None
        )
        if inner is None:
            continue
        if f"{path}{name}" in drawn:
            if isinstance(kept.get(name), dict):
                kept[name] = _only(inner, kept[name], drawn, f"{path}{name}.")
            continue
        kept.pop(name, None)
        if issubclass(inner, Params) and inner.inline:
            for beside in inner.model_fields:
                kept.pop(beside, None)
    return kept
