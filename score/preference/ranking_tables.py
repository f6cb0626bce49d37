"""A ranking as files (JSON and CSV) and as tables to print; and the S_obj table that breaks its ties."""

from __future__ import annotations

from pathlib import Path

from core.errors import InputError, WorkError
from core.files import write_json
from core.tables import read_table, write_table
from score.preference.rank import Ranking

PLACES = ("rank", "group", "letters", "method", "score", "low", "high", "s_obj", "standing")
PAIRS = ("left", "right", "votes", "mean", "median", "ci95", "ci95_clustered", "p_color", "p_brightness", "p_skintone")
RATERS = ("rater", "votes", "kept", "why")
Lines = list[list[str]]


def read_s_obj(path: Path) -> dict[str, float]:
    """A CSV with `method,s_obj` -> S_obj (0 or more) by method. Raises InputError naming file and line."""
    found: dict[str, float] = {}
    for row in read_table(path, ("method", "s_obj")):
        if row["method"] in found:
            raise InputError(f"{row.place}: method: {row['method']!r} appears twice; keep one")
        found[row["method"]] = row.number("s_obj", 0, 1e6, "a number of 0 or more")
    return found


def write_ranking(ranking: Ranking, folder: Path) -> None:
    """Write `ranking.json`, `places.csv`, `pairs.csv` and `raters.csv` into `folder`. Raises WorkError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkError(f"{folder}: cannot be made: {error.strerror}") from None
    pairs = [
        (p.left, p.right, p.votes, p.mean, p.median, p.ci95, p.ci95_clustered, *p.reasons.values())
        for p in ranking.pairs
    ]
    raters = [(r.rater, r.votes, int(r.kept), "; ".join(r.why)) for r in ranking.raters]
    write_json(folder / "ranking.json", ranking.to_json())
    write_table(folder / "places.csv", PLACES, ranking.rows())
    write_table(folder / "pairs.csv", PAIRS, pairs)
    write_table(folder / "raters.csv", RATERS, raters)


def raters_in_words(ranking: Ranking) -> list[str]:
    """How many raters were kept, and a line for each who was not."""
    dropped = [report for report in ranking.raters if not report.kept]
    kept = f"{len(ranking.raters) - len(dropped)} of {len(ranking.raters)} raters kept"
    return [kept, *(f"  left out: {report.rater}: {'; '.join(report.why)}" for report in dropped)]


def places_table(ranking: Ranking) -> tuple[str, Lines]:
    """Title and lines of the places by the vote, best first; the first line is the header."""
    lines = [["rank", "group", "letters", "method", "score", "95% interval", "S_obj"]]
    for p in ranking.places:
        s_obj = "" if p.s_obj is None else f"{p.s_obj:.3f}"
        score, interval = p.standing, ""
        if p.score is not None:
            score, interval = f"{p.score:.3f}", f"{p.low:.3f} - {p.high:.3f}"
        lines.append([str(p.rank), str(p.group), p.letters, p.method, score, interval, s_obj])
    return f"vote ({ranking.questions['vote'].votes:,} votes); a shared letter: no difference at 95%", lines


def reasons_table(ranking: Ranking) -> tuple[str, Lines]:
    """Title and lines of the scores by reason; only a header when no reason has a score."""
    questions = [question for name, question in ranking.questions.items() if name != "vote"]
    by_method = [{strength.method: strength for strength in question.strengths} for question in questions]
    lines = [["method", *(f"{question.name} ({question.votes:,})" for question in questions)]]
    for place in ranking.places if questions else ():
        line = [place.method]
        for question, strengths in zip(questions, by_method, strict=True):
            s = strengths.get(place.method)
            line.append(question.standing(place.method) if s is None else f"{s.score:.2f} ({s.low:.2f}-{s.high:.2f})")
        lines.append(line)
    return "by reason: score (95% interval)", lines


def pairs_table(ranking: Ranking) -> tuple[str, Lines]:
    """Title and lines of the mean ratings by pair."""
    lines = [["pair", "votes", "DMOS", "+-"]]
    lines += [
        [f"{p.left} : {p.right}", str(p.votes), f"{p.mean:.2f}", f"{p.ci95_clustered:.2f}"] for p in ranking.pairs
    ]
    return "mean rating: 1 prefers the first strongly, 5 the second", lines
