"""What a config may say of a draw (ranges, spreads, chances, curves), and how each is drawn."""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Self, TypeVar

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from core.config import Section

Pair = tuple[float, float]
Curve = tuple[Pair, ...]
T = TypeVar("T")


def _ordered(pair: Pair) -> Pair:
    if pair[0] > pair[1]:
        raise ValueError("expected [low, high] with low <= high")
    return pair


def _apart(pair: Pair) -> Pair:
    if pair[0] == pair[1]:
        raise ValueError("expected [none, full] with two different numbers")
    return pair


def _rising(points: Curve) -> Curve:
    if not points or any(a[0] >= b[0] for a, b in itertools.pairwise(points)):
        raise ValueError("expected points [x, y] with rising x")
    return points


def _sums_to_one(chances: Iterable[float]) -> None:
    chances = list(chances)
    if any(p < 0 for p in chances) or not math.isclose(sum(chances), 1.0, abs_tol=1e-6):
        raise ValueError(f"expected probabilities that add to 1 (they add to {sum(chances):g})")


def _table_sums(table: dict[str, float]) -> dict[str, float]:
    _sums_to_one(table.values())
    return table


def _rows_sum(rows: tuple[tuple[Any, float], ...]) -> tuple[tuple[Any, float], ...]:
    _sums_to_one(chance for _, chance in rows)
    return rows


def _some(values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise ValueError("expected at least one")
    return values


def _within(low: float, high: float, ends: Sequence[float], what: str) -> None:
    if min(ends) < low or max(ends) > high:
        allowed = f"of at least {low:g}" if high == math.inf else f"in [{low:g}, {high:g}]"
        raise ValueError(f"expected {what} {allowed}")


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
    whole = dict(default)
    return whole | {name: _filled(whole.get(name), value) for name, value in given.items()}


class Spread(Ranges):
    """A normal distribution by `mean` and standard deviation `sd`; what falls beyond `low` or `high` is held there."""

    mean: float
    sd: Annotated[float, Field(ge=0)]
    low: float
    high: float

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if self.low > self.high:
            raise ValueError("expected low <= high")
        return self


Share = Annotated[float, Field(ge=0, le=1)]
Sd = Annotated[float, Field(ge=0)]
Factor = Annotated[float, Field(ge=0)]
Range = Annotated[Pair, AfterValidator(_ordered)]
Ramp = Annotated[Pair, AfterValidator(_apart)]
"""`[none, full]`: where an influence begins and where it is whole; either may be the larger number."""


def span(low: float, high: float = math.inf):
    """The type of a range `[low, high]` within the given one."""

    def within(pair: Pair) -> Pair:
        _within(low, high, pair, "a range")
        return pair

    return Annotated[Pair, AfterValidator(_ordered), AfterValidator(within)]


def counts(low: int, high: int):
    """The type of a range of whole numbers, both ends included."""

    def within(pair: tuple[int, int]) -> tuple[int, int]:
        _within(low, high, pair, "a range")
        return pair

    return Annotated[tuple[int, int], AfterValidator(_ordered), AfterValidator(within)]


def spread(low: float, high: float = math.inf):
    """The type of a spread whose limits lie within the given ones."""

    def within(around: Spread) -> Spread:
        _within(low, high, (around.low, around.high), "low and high")
        return around

    return Annotated[Spread, AfterValidator(within)]


def curve(low: float, high: float = math.inf):
    """The type of a curve `[[x, y], ...]`, straight between its points and level beyond, with `y` within the limits."""

    def within(points: Curve) -> Curve:
        _within(low, high, [y for _, y in points], "y")
        return points

    return Annotated[Curve, AfterValidator(_rising), AfterValidator(within)]


def chances(names: Any):
    """The type of a table of probabilities of `names` (a Literal); what is not named has none."""
    return Annotated[dict[names, float], AfterValidator(_table_sums)]


def weighted(kind: Any):
    """The type of `[[value, probability], ...]`."""
    return Annotated[tuple[tuple[kind, float], ...], AfterValidator(_rows_sum)]


def choices(names: Any):
    """The type of a list of `names` (a Literal) that are equally likely; give one twice to see it twice as often."""
    return Annotated[tuple[names, ...], AfterValidator(_some)]


def table(kind: Any, defaults: dict[str, Any], names: Sequence[str] = ()):
    """The type of a table with values of a `kind`: names of `defaults` or `names`, and what is not named keeps its
    default. However it is written, it is read in the order of these names.
    """
    known = tuple(dict.fromkeys((*defaults, *names)))

    def named(name: str) -> str:
        if name in known:
            return name
        close = difflib.get_close_matches(name, known, n=1)
        raise ValueError("unknown name; " + (f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"))

    def complete(given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        both = {**defaults, **given}
        return {name: both[name] for name in known if name in both} | both

    return Annotated[dict[Annotated[str, AfterValidator(named)], kind], BeforeValidator(complete)]


def uniform(rng: np.random.Generator, pair: Pair) -> float:
    """Anywhere in a range."""
    return float(rng.uniform(*pair))


def whole(rng: np.random.Generator, pair: tuple[int, int]) -> int:
    """A whole number of a range, ends included."""
    return int(rng.integers(*pair, endpoint=True))


def normal(rng: np.random.Generator, around: Spread, shift: float = 0.0) -> float:
    """A draw of a spread whose mean is moved by `shift`."""
    return hold(rng.normal(around.mean + shift, around.sd), around)


def hold(value: float, around: Spread) -> float:
    """`value` within a spread's limits."""
    return float(np.clip(value, around.low, around.high))


def pick(rng: np.random.Generator, table: dict[str, float]) -> str:
    """A name of a table of probabilities, or of weights."""
    return pick_value(rng, list(table.items()))


def pick_value(rng: np.random.Generator, rows: Sequence[tuple[T, float]]) -> T:
    """A value of `[[value, probability], ...]`."""
    # A config's probabilities add to 1 only as nearly as people write them.
    chances = np.array([chance for _, chance in rows])
    return rows[int(rng.choice(len(rows), p=chances / chances.sum()))][0]


def one_of(rng: np.random.Generator, values: Sequence[T]) -> T:
    """One of equally likely values."""
    return values[int(rng.integers(len(values)))]


def ramp(pair: Pair, x: float) -> float:
    """How far `x` lies on the way from `none` (0) to `full` (1); beyond them it goes on."""
    return (x - pair[0]) / (pair[1] - pair[0])


def along(points: Curve, x: float) -> float:
    """The curve's value at `x`."""
    return float(np.interp(x, *zip(*points, strict=True)))
