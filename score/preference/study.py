"""A study of one's own: how many votes a wanted interval takes, and who sees what on which side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from core.errors import InputError
from core.rng import rng_for
from score.preference.rank import rank
from score.preference.simulated_votes import Crowd, simulate_votes

FEWEST_RATERS, MOST_RATERS, FEWEST_VOTES = 3, 1000, 4
RESAMPLES, STUDIES = 60, 5


@dataclass(frozen=True)
class Size:
    """A study's size: `raters` who give `votes_per_rater` votes each, and the half width of the 95% interval of a
    method's log score that simulated studies of that size have."""

    raters: int
    votes_per_rater: int
    half_width: float

    @property
    def votes(self) -> int:
        return self.raters * self.votes_per_rater


@dataclass(frozen=True)
class Question:
    """One page of a study: `left` and `right` are methods; `kind` and `expected` as in `score.preference.votes`."""

    clip: str
    left: str
    right: str
    kind: str = "vote"
    expected: int | None = None


@dataclass(frozen=True)
class Plan:
    """What every rater sees, in order. `raters[i]` are the questions of rater slot i."""

    methods: tuple[str, ...]
    clips: tuple[str, ...]
    raters: tuple[tuple[Question, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return asdict(self)


def study_size(
    methods: int, clips: int, half_width: float, votes_per_rater: int, *, spread: float = 0.3, seed: int = 0
) -> Size:
    """The fewest raters whose simulated votes give intervals of at most `half_width` (log score, 95%).

    A rater gives `votes_per_rater` votes, or one for every pair on every clip if these are fewer.

    Methods are taken as equally good, the case that needs most votes. `spread`: standard deviation of a method's log
    strength from rater to rater and from clip to clip. The interval shrinks about as one over the root of the raters,
    down to a floor that only more clips lower. Raises InputError where the width lies under that floor.
    """
    if methods < 2 or clips < 2:
        raise InputError(f"a study compares at least 2 methods on at least 2 clips, not {methods} on {clips}")
    if not (half_width > 0 and math.isfinite(half_width)):
        raise InputError(f"width: {half_width} is not above 0")
    if votes_per_rater < FEWEST_VOTES:
        raise InputError(f"votes per rater: {votes_per_rater} is below {FEWEST_VOTES}")
    if not 0 <= spread <= 5:
        raise InputError(f"spread: {spread} is not from 0 to 5")
    votes_per_rater = min(votes_per_rater, clips * methods * (methods - 1) // 2)
    width_of = lambda raters: _simulated_width(methods, clips, raters, votes_per_rater, spread, seed)
    low, high = FEWEST_RATERS, 12
    width = width_of(high)
    while width > half_width:
        if high >= MOST_RATERS:
            raise InputError(
                f"half width {half_width:g}: {high} raters on {clips} clips still give {width:.2f}, since clips "
                "differ; add clips or accept a wider interval"
            )
        low, high = high, min(MOST_RATERS, math.ceil(high * max(1.05 * (width / half_width) ** 2, 1.3)))
        width = width_of(high)
    while high > low + 1 and high > 1.08 * low:
        middle = math.ceil(math.sqrt(low * high))
        if middle >= high:
            break
        if (found := width_of(middle)) <= half_width:
            high, width = middle, found
        else:
            low = middle
    return Size(high, votes_per_rater, width)


def plan_study(
    methods: Sequence[str],
    clips: Sequence[str],
    raters: int,
    votes_per_rater: int,
    *,
    traps: int = 2,
    gold: tuple[str, str] | None = None,
    seed: int = 0,
) -> Plan:
    """Every pair on every clip equally often (to one vote), sides and order at random, traps and gold spread between.

    `traps`: questions per rater whose page asks for a given answer. `gold`: (plainly better, plainly worse) methods,
    shown twice a rater. Nobody sees the same pair on the same clip twice.
    """
    _check_names(methods, "method")
    _check_names(clips, "clip")
    check_gold(gold, methods)
    if raters < 1 or votes_per_rater < 1:
        raise InputError(f"{raters} raters with {votes_per_rater} votes each: give 1 or more of both")
    everything = [(clip, pair) for clip in clips for pair in combinations(sorted(methods), 2)]
    each = min(votes_per_rater, len(everything))
    order: list[int] = []
    pages = []
    for slot in range(raters):
        rng = rng_for(seed, f"rater-{slot}", "study")
        if len(order) < each:
            order += [int(i) for i in rng.permutation(len(everything))]
        # The first of those that wait, each only once; a second one of the same question waits for the next rater.
        shown = list(dict.fromkeys(order))[:each]
        for i in shown:
            order.remove(i)
        questions = [_sided(everything[i][0], everything[i][1], rng) for i in rng.permutation(shown)]
        extra = [
            Question(
                clips[int(rng.integers(len(clips)))], methods[0], methods[0], "trap", int(rng.choice([1, 2, 4, 5]))
            )
            for _ in range(traps)
        ]
        if gold is not None:
            for _ in range(2):
                asked = _sided(clips[int(rng.integers(len(clips)))], gold, rng)
                extra.append(Question(asked.clip, asked.left, asked.right, "gold", 1 if asked.left == gold[0] else 5))
        for question in extra:
            questions.insert(int(rng.integers(1, len(questions) + 1)), question)
        pages.append(tuple(questions))
    return Plan(tuple(methods), tuple(clips), tuple(pages))


def check_gold(gold: tuple[str, str] | None, methods: Sequence[str]) -> None:
    """InputError where `gold` does not name two of `methods`."""
    unknown = [name for name in gold or () if name not in methods]
    if unknown:
        raise InputError(f"gold: {unknown[0]!r} is not one of {', '.join(methods)}")
    if gold and gold[0] == gold[1]:
        raise InputError(f"gold: {gold[0]!r} stands on both sides; name a plainly better and a plainly worse method")


def _sided(clip: str, pair: tuple[str, str], rng: np.random.Generator) -> Question:
    first, second = pair
    return Question(clip, first, second) if rng.random() < 0.5 else Question(clip, second, first)


def _simulated_width(methods: int, clips: int, raters: int, votes_per_rater: int, spread: float, seed: int) -> float:
    crowd = Crowd(raters, clips, votes_per_rater, rater_spread=spread, clip_spread=spread, traps=0, reason=0.0)
    alike = {f"m{i:03d}": 0.0 for i in range(methods)}
    widths = []
    for study in range(STUDIES):
        votes = simulate_votes(alike, crowd, seed, f"study-{study}")
        strengths = rank(votes, resamples=RESAMPLES, seed=seed).questions["vote"].strengths
        widths += [np.log(s.high / s.low) / 2 for s in strengths]
    return float(np.mean(widths))


def _check_names(names: Sequence[str], what: str) -> None:
    if len(names) < (2 if what == "method" else 1):
        raise InputError(f"{len(names)} {what}s: a study needs more")
    twice = [name for name in names if list(names).count(name) > 1]
    if twice:
        raise InputError(f"{what} {twice[0]!r} appears twice")
