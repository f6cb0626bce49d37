"""What a config may say of a draw (ranges, spreads, chances, curves), and how each is drawn.

A key's type says its limits where an editor and a type checker can read them:

    shutter: Annotated[Range, within(0.0, 1.0)] = (0.1, 0.8)
    kinds: Chances[Mood] = {"neutral": 0.7, "smile": 0.3}
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self, TypeAlias, TypeVar, get_args

import numpy as np
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from core.config import Section

Pair: TypeAlias = tuple[float, float]
T = TypeVar("T")
K = TypeVar("K")


def _ordered(pair: tuple[T, T]) -> tuple[T, T]:
    if pair[0] > pair[1]:  # type: ignore[operator]
        raise ValueError("empty range, expected [low, high] with low <= high")
    return pair


class _OneNumber:
    """A number is the range that holds it alone."""

    @staticmethod
    def _pair(given: Any) -> Any:
        return (given, given) if isinstance(given, (int, float)) and not isinstance(given, bool) else given

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._pair, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        pair = handler(schema)
        return {"anyOf": [pair, dict(pair["prefixItems"][0])]}


def _apart(pair: Pair) -> Pair:
    if pair[0] == pair[1]:
        raise ValueError("expected [none, full] with two different numbers")
    return pair


def _rising(points: tuple[Pair, ...]) -> tuple[Pair, ...]:
    if not points or any(a[0] >= b[0] for a, b in itertools.pairwise(points)):
        raise ValueError("expected points [x, y] with rising x")
    return points


def _sums_to_one(chances: Iterable[float]) -> None:
    chances = list(chances)
    if any(p < 0 for p in chances) or not math.isclose(sum(chances), 1.0, abs_tol=1e-6):
        raise ValueError(f"expected probabilities that add to 1 (they add to {sum(chances):g})")


def _table_sums(table: dict[K, float]) -> dict[K, float]:
    _sums_to_one(table.values())
    return table


def _rows_sum(rows: tuple[tuple[T, float], ...]) -> tuple[tuple[T, float], ...]:
    _sums_to_one(chance for _, chance in rows)
    return rows


def _some(values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise ValueError("expected at least one")
    return values


class Ranges(Section):
    """A section of draws: a section in it that a config names in part keeps the rest of its defaults."""

    @model_validator(mode="before")
    @classmethod
    def _keep(cls, given: Any) -> Any:
        if isinstance(given, cls):
            return given
        if not isinstance(given, dict):
            raise ValueError(f"expected a mapping with keys such as {', '.join(list(cls.model_fields)[:4])}")
        defaults = {name: field.default for name, field in cls.model_fields.items()}
        return {name: _filled(defaults.get(name), value) for name, value in given.items()}


def _filled(default: Any, given: Any) -> Any:
    if not (isinstance(default, Ranges) and isinstance(given, dict)):
        return given
    integer = dict(default)
    return integer | {name: _filled(integer.get(name), value) for name, value in given.items()}


class Spread(Ranges):
    """A normal distribution by `mean` and standard deviation `sd`; what falls beyond `low` or `high` is held there."""

    mean: float = Field(description="mean of the normal distribution")
    sd: float = Field(ge=0, description="its standard deviation")
    low: float = Field(description="least value; what falls below is held there")
    high: float = Field(description="greatest value; what falls beyond is held there")

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if self.low > self.high:
            raise ValueError("expected low <= high")
        return self


Share = Annotated[float, Field(ge=0, le=1)]
Sd = Annotated[float, Field(ge=0)]
Factor = Annotated[float, Field(ge=0)]
Range = Annotated[Pair, _OneNumber(), AfterValidator(_ordered)]
"""`[low, high]`, or one number, which is the range that holds it alone."""
IntRange = Annotated[tuple[int, int], _OneNumber(), AfterValidator(_ordered)]
"""A range of whole numbers, both ends included."""
Ramp = Annotated[Pair, AfterValidator(_apart)]
"""`[none, full]`: where an influence begins and where it is whole; either may be the larger number."""
Curve = Annotated[tuple[Pair, ...], AfterValidator(_rising)]
"""`[[x, y], ...]` with rising x: straight between its points and level beyond."""
Chances = Annotated[dict[K, float], AfterValidator(_table_sums)]
"""Probabilities of names (a Literal) that add to 1; what is not named has none."""
Weighted = Annotated[tuple[tuple[T, float], ...], AfterValidator(_rows_sum)]
"""`[[value, probability], ...]` that add to 1."""
Choices = Annotated[tuple[T, ...], AfterValidator(_some)]
"""Equally likely values; give one twice to see it twice as often."""


@dataclass(frozen=True)
class within:
    """Limits for the numbers of a Range, of a Spread's low and high, or of a Curve's y."""

    low: float
    high: float = math.inf

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        found = handler(schema)
        limits = {"minimum": self.low} | ({"maximum": self.high} if math.isfinite(self.high) else {})
        if "anyOf" in found:
            pair, number = found["anyOf"]
            pair = {**pair, "prefixItems": [{**item, **limits} for item in pair["prefixItems"]]}
            return {**found, "anyOf": [pair, {**number, **limits}]}
        return {**found, "x-within": [self.low, self.high if math.isfinite(self.high) else None]}

    def _check(self, value: Any) -> Any:
        if isinstance(value, Spread):
            ends, what = [value.low, value.high], "low and high"
        elif value and isinstance(value[0], tuple):
            ends, what = [y for _, y in value], "y"
        else:
            ends, what = list(value), "a range"
        if min(ends) < self.low or max(ends) > self.high:
            allowed = f"of at least {self.low:g}" if self.high == math.inf else f"within [{self.low:g}, {self.high:g}]"
            raise ValueError(f"expected {what} {allowed}")
        return value


class named:
    """A table `dict[str, kind]` of known names: what is not named keeps its default, and however it is written, it is
    read in the order of `defaults` and then `names`."""

    def __init__(self, defaults: Mapping[str, Any], names: Sequence[str] = ()):
        self.defaults, self.known = defaults, tuple(dict.fromkeys((*defaults, *names)))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kind: Any = get_args(source)[1]
        inner = handler.generate_schema(dict[Annotated[str, AfterValidator(self._name)], kind])
        return core_schema.no_info_before_validator_function(self._complete, inner)

    def _name(self, name: str) -> str:
        if name in self.known:
            return name
        close = difflib.get_close_matches(name, self.known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(self.known)}"
        raise ValueError(f"unknown name; {hint}")

    def _complete(self, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        both = {**self.defaults, **given}
        return {name: both[name] for name in self.known if name in both} | both


def uniform(rng: np.random.Generator, pair: Pair) -> float:
    """Anywhere in a range."""
    return float(rng.uniform(*pair))


def integer(rng: np.random.Generator, pair: tuple[int, int]) -> int:
    """A whole number of a range, ends included."""
    return int(rng.integers(*pair, endpoint=True))


def normal(rng: np.random.Generator, around: Spread, shift: float = 0.0) -> float:
    """A draw of a spread whose mean is moved by `shift`."""
    return clamp(rng.normal(around.mean + shift, around.sd), around)


def clamp(value: float, around: Spread) -> float:
    """`value` within a spread's limits."""
    return float(np.clip(value, around.low, around.high))


def choice(rng: np.random.Generator, table: Mapping[K, float]) -> K:
    """A name of a table of probabilities, or of weights."""
    return choice_of(rng, list(table.items()))


def choice_of(rng: np.random.Generator, rows: Sequence[tuple[T, float]]) -> T:
    """A value of `[[value, probability], ...]`."""
    # A config's probabilities add to 1 only as nearly as people write them.
    chances = np.array([chance for _, chance in rows])
    return rows[int(rng.choice(len(rows), p=chances / chances.sum()))][0]


def any_of(rng: np.random.Generator, values: Sequence[T]) -> T:
    """One of equally likely values."""
    return values[int(rng.integers(len(values)))]


def unlerp(pair: Pair, x: float) -> float:
    """How far `x` lies on the way from `none` (0) to `full` (1); beyond them it goes on."""
    return (x - pair[0]) / (pair[1] - pair[0])


def interpolate(points: Curve, x: float) -> float:
    """The curve's value at `x`."""
    return float(np.interp(x, [at for at, _ in points], [value for _, value in points]))
