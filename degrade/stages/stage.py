"""What every stage is made of: its config, what was drawn for a clip, and what it may know when drawn and applied."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
from pydantic import (
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from core.config import Section
from core.ranges import Share
from core.rng import rng_for

Apply = Callable[[np.ndarray, int], np.ndarray]
"""`(picture, frame number) -> picture`: `(H, W, 3)` BGR, linear float32 up to the sensor, sRGB uint8 after it."""
Frames = Callable[[int], np.ndarray]
"""Frame number -> picture."""


Movable = Literal["first", "second", "codec", "server"]
MOVABLE: tuple[Movable, ...] = get_args(Movable)
"""What `order` may move, in its own order: all before it belongs together in the camera."""


class Clip(Section):
    """The clip that is degraded. `seed` and `key` name the streams of its draws and of its noise."""

    seed: int
    key: str
    frames: int = Field(ge=1)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    fps: float = Field(gt=0)


@dataclass(frozen=True)
class DrawContext:
    """What a draw may know. `severity` scales what is drawn towards nothing, after the draw; `delivered_fps`: the frame
    rate that is left to be coded."""

    clip: Clip
    severity: float
    delivered_fps: float


@dataclass(frozen=True)
class ApplyContext:
    """What a stage may know beside the picture it is given. `name`: where it stands, e.g. "first.noise"; `clean`:
    frames as they came, BGR uint8 or uint16 (10 bit); `captured`: as the sensor hands them over, BGR uint8; `gain`:
    of the exposure at a frame."""

    clip: Clip
    name: str
    clean: Frames
    captured: Frames
    gain: Callable[[int], float]


class Params(Section):
    """What was drawn for a stage of one clip: frozen, complete, plain JSON.

    `moves_pixels`: whether what a frame shows changes its place in it: "never" (what is symmetrical about each pixel
    does not), "always", or "in motion", where what stands still stays. `not_neutral`: why severity 0 still leaves a
    trace, if it does. `inline`: in JSON its values stand beside the tables of its group's other stages, without one of
    their own.
    """

    moves_pixels: ClassVar[Literal["never", "always", "in motion"]] = "never"
    not_neutral: ClassVar[str] = ""
    inline: ClassVar[bool] = False

    def words(self, name: str, clip: Clip) -> str:
        """What a researcher looks for, in a few words; `name` is the stage's key. Empty when it changes nothing."""
        raise NotImplementedError

    def prepare(self, context: ApplyContext) -> Apply:
        """The stage for one clip, with all made once that every frame needs."""
        raise NotImplementedError


class Part(Section):
    """What is there with a probability, drawn once per clip."""

    probability: Share = Field(1.0, description="share of clips that have this stage")

    @field_validator("probability")
    @classmethod
    def _not_never(cls, value: float) -> float:
        if value == 0.0:
            raise ValueError("a stage with probability 0 has no effect; leave the whole stage out (or set it to null)")
        return value

    def stream(self, name: str, clip: Clip) -> np.random.Generator | None:
        """The generator of the stage `name`, its first number spent on whether it is there at all; None when it is
        not. Each stage has its own, so that adding one moves no other's draws."""
        rng = rng_for(clip.seed, clip.key, f"degrade.{name}.draw")
        return rng if rng.random() < self.probability else None


class Stage(Part):
    """A stage of the chain: what may be drawn for it."""

    def draw(self, rng: np.random.Generator, context: DrawContext) -> Params:
        """What happens to one clip."""
        raise NotImplementedError

    def drawn(self, name: str, context: DrawContext) -> Any:
        """What `draw` draws from the stage's own stream; None when the clip goes without."""
        rng = self.stream(name, context.clip)
        return None if rng is None else self.draw(rng, context)


class Group(Section):
    """Stages of which at least one is there."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not any(isinstance(part, Part) for _, part in self):
            raise ValueError("holds no stage, so it has no effect; leave it out (or set it to null)")
        return self

    def drawn(self, name: str, context: DrawContext) -> dict[str, Any]:
        """What is drawn for each stage that the config has, by name."""
        return {part: stage.drawn(f"{name}.{part}", context) for part, stage in self if isinstance(stage, Stage)}

    @staticmethod
    def absent(stage: Part | None) -> bool:
        """`exclude_if` of a stage that came later: a config without it keeps its record, and what was made by it
        stays."""
        return stage is None


class ParamsGroup(Section):
    """What was drawn for the stages of a group; in JSON the values of an `inline` stage stand beside the others."""

    def parts(self) -> Iterator[tuple[str, Params]]:
        """The stages that are there, by name."""
        return ((name, part) for name, part in self if isinstance(part, Params))

    def prepare(self, context: ApplyContext) -> Apply:
        """The stages one after the other, in the order of the fields."""
        return in_turn(part.prepare(context) for _, part in self.parts())

    @classmethod
    def _inline(cls) -> Iterator[tuple[str, type[Params]]]:
        for name, field in cls.model_fields.items():
            for kind in get_args(field.annotation):
                if isinstance(kind, type) and issubclass(kind, Params) and kind.inline:
                    yield name, kind

    @model_validator(mode="before")
    @classmethod
    def _from_json(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        for name, kind in cls._inline():
            if values := {key: data.pop(key) for key in kind.model_fields if key in data}:
                data[name] = values
        return data

    @model_serializer(mode="wrap")
    def _to_json(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data = plain(self)
        for name, _ in self._inline():
            data |= data.pop(name, None) or {}
        return data

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """As `_to_json` lays it out: pydantic takes what a serializer makes for a mapping of anything."""
        plain: Any = schema
        while "serialization" not in plain and "schema" in plain:
            plain = plain["schema"]
        found = handler.resolve_ref_schema(handler({key: plain[key] for key in plain if key != "serialization"}))
        places, needed = dict(found.get("properties", {})), set(found.get("required", ()))
        for name, _ in cls._inline():
            place = places.pop(name)
            part = next(one for one in place.get("anyOf", [place]) if "$ref" in one)
            places |= handler.resolve_ref_schema(part)["properties"]
            needed.discard(name)
        return {**found, "properties": places, "required": sorted(needed), "additionalProperties": False}


class Drift(Section):
    """A value that wanders smoothly: `values` stand `every` frames apart, joined by half waves of a cosine."""

    values: tuple[float, ...] = Field(min_length=1)
    every: float = Field(default=1.0, gt=0)

    @staticmethod
    def draw(rng: np.random.Generator, clip: Clip, centre: float, reach: float) -> Drift:
        """A random walk about `centre`, one knot a second, kept within `reach` by reflection."""
        count = max(2, math.ceil(clip.frames / clip.fps) + 1)
        steps = np.cumsum(rng.uniform(-1.0, 1.0, count)) + rng.uniform(-1.0, 1.0)
        folded = np.abs((steps - 1.0) % 4.0 - 2.0) - 1.0
        return Drift(values=tuple(float(centre + reach * v) for v in folded), every=float(clip.fps))

    def at(self, frame: int) -> float:
        """The value at `frame`; before the first and after the last knot it stays."""
        place = min(max(frame / self.every, 0.0), len(self.values) - 1.0)
        left = min(int(place), len(self.values) - 2) if len(self.values) > 1 else 0
        if len(self.values) == 1:
            return self.values[0]
        ease = 0.5 - 0.5 * math.cos(math.pi * (place - left))
        return self.values[left] + (self.values[left + 1] - self.values[left]) * ease

    def words(self) -> str:
        """Its range with signs."""
        low, high = min(self.values), max(self.values)
        return f"{low:+.2f}" if high - low < 0.01 else f"{low:+.2f}..{high:+.2f}"


class Shares(Section):
    """Probabilities of alternatives; those not named are 0, and all must add up to 1."""

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        total = sum(self.table().values())
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the probabilities add up to {total:g}, expected 1")
        return self

    def table(self) -> dict[str, float]:
        """Name -> probability, in the order of the fields."""
        return {name: float(getattr(self, name)) for name in type(self).model_fields}

    def choose(self, rng: np.random.Generator) -> Any:
        """One of the names."""
        place = rng.random()
        for name, share in self.table().items():
            place -= share
            if place < 0:
                return name
        return [name for name, share in self.table().items() if share > 0][-1]


def in_turn(steps: Iterable[Apply]) -> Apply:
    """One after the other."""
    steps = tuple(steps)

    def apply(picture: np.ndarray, frame: int) -> np.ndarray:
        for step in steps:
            picture = step(picture, frame)
        return picture

    return apply


def remember(make: Frames, count: int) -> Frames:
    """`make` with its last `count` results kept."""
    kept: OrderedDict[int, np.ndarray] = OrderedDict()

    def get(index: int) -> np.ndarray:
        if index not in kept:
            kept[index] = make(index)
            while len(kept) > count:
                kept.popitem(last=False)
        return kept[index]

    return get


def needs(*kinds: str) -> Callable[[Any, ValidationInfo], Any]:
    """For a `field_validator`: a key that was given must have an effect, so one of these `kinds` must be possible."""

    def check(value: Any, info: ValidationInfo) -> Any:
        shares = info.data.get("kinds")
        if shares is not None and not any(getattr(shares, name) > 0 for name in kinds):
            raise ValueError(
                f"has no effect: kinds gives {' and '.join(kinds)} probability 0; drop this key or raise that"
            )
        return value

    return check
