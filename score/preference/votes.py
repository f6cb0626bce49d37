"""Pairwise votes in the manner of P.910: one record an answer, read from and written to CSV, checked line by line.

Columns: `rater,clip,left,right,rating` and, if known, `session,reasons,seconds,kind,expected`. `left`, `right`: the
methods shown on either side. `rating`: 1 the left is strongly preferred, 2 preferred, 3 no difference, 4 the right is
preferred, 5 strongly. `reasons`: what decided, joined by `+`, of color, brightness, skintone. `seconds`: time to the
answer. `kind`: `vote`, `trap` (the page asks for one given answer) or `gold` (the better side is plain); both of
these have the answer to give in `expected`, and never count as votes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.tables import Row, read_table, write_table

REASONS = ("color", "brightness", "skintone")
KINDS = ("vote", "trap", "gold")
REQUIRED = ("rater", "clip", "left", "right", "rating")
OPTIONAL = ("session", "reasons", "seconds", "kind", "expected")
COLUMNS = ("rater", "session", "clip", "left", "right", "rating", "reasons", "seconds", "kind", "expected")
MIDDLE = 3


@dataclass(frozen=True)
class Vote:
    """One answer; see the head of this module. `seconds` and `expected` are None where not known."""

    rater: str
    clip: str
    left: str
    right: str
    rating: int
    reasons: tuple[str, ...] = ()
    seconds: float | None = None
    session: str = ""
    kind: str = "vote"
    expected: int | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """The two methods in alphabetical order."""
        return (self.left, self.right) if self.left <= self.right else (self.right, self.left)

    @property
    def towards_second(self) -> int:
        """The rating as if `pair` had been shown in its own order: 5 prefers the second of the pair strongly."""
        return self.rating if self.left <= self.right else 6 - self.rating


def read_votes(paths: Path | Iterable[Path]) -> list[Vote]:
    """All answers of one or more vote files, or of every `.csv` in a folder. Raises InputError naming file and line."""
    files = [file for path in ([paths] if isinstance(paths, (str, Path)) else paths) for file in _files(Path(path))]
    votes: list[Vote] = []
    places: dict[tuple, str] = {}
    for file in files:
        for row in read_table(file, REQUIRED, OPTIONAL):
            vote = _vote(row)
            votes.append(vote)
            if vote.kind != "vote":
                continue
            identity = (vote.rater, vote.session, vote.clip, vote.pair)
            if identity in places:
                raise InputError(
                    f"{row.place}: rater {vote.rater!r} answered {vote.left} against {vote.right} on clip {vote.clip!r}"
                    f" already at {places[identity]}; keep one, or give the second its own session"
                )
            places[identity] = row.place
    if not any(vote.kind == "vote" for vote in votes):
        raise InputError(f"{files[0]}: holds no votes")
    return votes


def write_votes(path: Path, votes: Iterable[Vote]) -> None:
    """Write a vote file with all columns, in the order given."""
    write_table(path, COLUMNS, (_values(vote) for vote in votes))


def methods_of(votes: Iterable[Vote]) -> tuple[str, ...]:
    """The methods that votes compare, in alphabetical order; traps and gold questions do not count."""
    return tuple(sorted({name for vote in votes if vote.kind == "vote" for name in vote.pair}))


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.csv"))
    if not files:
        raise InputError(f"{path}: holds no .csv vote file")
    return files


def _vote(row: Row) -> Vote:
    texts = {name: row.values.get(name, "").strip() for name in COLUMNS}
    for name in ("rater", "clip", "left", "right"):
        if not texts[name]:
            raise InputError(f"{row.place}: {name}: no value")
    kind = texts["kind"] or "vote"
    if kind not in KINDS:
        raise InputError(f"{row.place}: kind: {kind!r} is not one of {', '.join(KINDS)}")
    if kind != "trap" and texts["left"] == texts["right"]:
        raise InputError(f"{row.place}: left and right are both {texts['left']!r}; a vote compares two methods")
    if (kind == "vote") != (texts["expected"] == ""):
        wanted = "only trap and gold questions have one" if kind == "vote" else f"a {kind} question needs one, 1-5"
        raise InputError(f"{row.place}: expected: {texts['expected']!r}; {wanted}")
    reasons = tuple(part.strip() for part in texts["reasons"].split("+") if part.strip())
    for reason in reasons:
        if reason not in REASONS:
            raise InputError(f"{row.place}: reasons: {reason!r} is not one of {', '.join(REASONS)}, joined by +")
    return Vote(
        texts["rater"],
        texts["clip"],
        texts["left"],
        texts["right"],
        _answer(row, "rating"),
        tuple(dict.fromkeys(reasons)),
        row.number("seconds", 0.0, 86_400.0, "a time in seconds, at most a day") if texts["seconds"] else None,
        texts["session"],
        kind,
        _answer(row, "expected") if kind != "vote" else None,
    )


def _answer(row: Row, column: str) -> int:
    value = row.number(column, 1, 5, "a whole number from 1 to 5")
    if value != int(value):
        raise InputError(f"{row.place}: {column}: {row[column]} is not a whole number from 1 to 5")
    return int(value)


def _values(vote: Vote) -> tuple[object, ...]:
    seconds = "" if vote.seconds is None else repr(float(vote.seconds))
    expected = "" if vote.expected is None else vote.expected
    reasons = "+".join(vote.reasons)
    head = (vote.rater, vote.session, vote.clip, vote.left, vote.right)
    return (*head, vote.rating, reasons, seconds, vote.kind, expected)
