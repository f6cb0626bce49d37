"""Fidelity of many videos: measured in processes, resumed where it stopped, handed back as a table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError, KeyfillError, WorkError
from core.files import make_folder, read_record, write_json
from core.intent import UNASKED, Consent, Intent
from core.pool import as_done
from core.progress import Progress, silent
from core.tables import write_table
from score.autoadjust import AutoAdjust
from score.fidelity import measures as fidelity
from score.fidelity import perceptual
from score.fidelity.comparison import ENHANCED, Comparison
from score.fidelity.measures import Meter, inside_of
from score.fidelity.perceptual import PerceptualMeter

MEASURES = (*fidelity.MEASURES, *perceptual.MEASURES)
TABLES = "evaluation.json"
METHOD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.+-]*\Z")


@dataclass(frozen=True)
class Result:
    """What was measured of one video; `subject` is None without a mask. An infinite value is one of equal videos."""

    name: str
    method: str
    frames: int
    width: int
    height: int
    whole: dict[str, float]
    subject: dict[str, float] | None


@dataclass(frozen=True)
class Evaluation:
    """Results by video and their means by method; `rows()` and `header` make a table, `to_json()` plain data."""

    measures: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def header(self) -> tuple[str, ...]:
        subject = any(result.subject for result in self.results)
        inside = [f"subject_{m}" for m in self.measures if m in fidelity.MEASURES] if subject else []
        return ("method", "videos", *self.measures, *inside)

    def rows(self) -> list[tuple[Any, ...]]:
        """Means over videos by method, in the order the methods came: values for the columns of `header`."""
        rows = []
        for method in dict.fromkeys(result.method for result in self.results):
            own = [result for result in self.results if result.method == method]
            columns = [_column(own, column) for column in self.header[2:]]
            rows.append((method, len(own), *(sum(c) / len(c) if c else math.nan for c in columns)))
        return rows

    def video_rows(self) -> list[tuple[Any, ...]]:
        """One row per video: method, name, frames, then the columns of `header` after the second."""
        rows = []
        for result in self.results:
            values = [_column([result], column) for column in self.header[2:]]
            rows.append((result.method, result.name, result.frames, *(v[0] if v else math.nan for v in values)))
        return rows

    def rmse(self, method: str = ENHANCED) -> dict[str, float]:
        """RMSE as the challenge computes it, by video: what `challenge.write_supervised` takes."""
        return {r.name: r.whole["rmse_challenge"] for r in self.results if r.method == method}

    def to_json(self) -> dict[str, Any]:
        """Plain data; an infinite or missing mean is None."""
        plain = [[None if isinstance(v, float) and not math.isfinite(v) else v for v in row] for row in self.rows()]
        return {"header": list(self.header), "rows": plain, "videos": [_plain(result) for result in self.results]}


def evaluate_comparisons(
    comparisons: Sequence[Comparison],
    out: Path | None = None,
    measures: Sequence[str] = MEASURES,
    workers: int = 1,
    progress: Progress = silent,
    consent: Consent = UNASKED,
) -> Evaluation:
    """Measure every comparison; with `out`, keep each result there as it comes and take up what is there already.

    `out/videos/METHOD/NAME.json` belongs to one video and holds the sha256 of what was compared; InputError where such
    a result is of another video or other measures, or the tables are of videos that are not compared now, without
    `consent`. When all are done `out/evaluation.json`, `out/methods.csv` and `out/videos.csv` are written. A
    video that fails does not stop the others; the first failure is raised at the end, by name, with the number of
    all.
    """
    measures = tuple(measures)
    _check(comparisons, measures, workers)
    if out is not None:
        _intended(comparisons, measures, out).require(consent)
    results: dict[int, Result] = {}
    failures: list[str] = []
    kind: type[KeyfillError] = InputError
    died = lambda _: "a measuring process died (out of memory?); run again, with fewer workers"
    jobs = [(comparison, measures, out) for comparison in comparisons]
    for index, (result, problem, worked) in as_done(_measured, jobs, workers, died):
        name = f"{comparisons[index].method}/{comparisons[index].name}"
        if result is None:
            failures.append(f"{name}: {problem}")
            kind = WorkError if worked else kind
        else:
            results[index] = result
        progress(len(results) + len(failures), len(comparisons), name)
    if failures:
        more = f" (and {len(failures) - 1} more of {len(comparisons)} videos)" if len(failures) > 1 else ""
        raise kind(failures[0] + more)
    evaluation = Evaluation(measures, tuple(results[index] for index in sorted(results)))
    if out is not None:
        write_json(out / TABLES, evaluation.to_json())
        write_table(out / "methods.csv", evaluation.header, evaluation.rows())
        write_table(out / "videos.csv", ("method", "video", "frames", *evaluation.header[2:]), evaluation.video_rows())
    return evaluation


def measure_comparison(comparison: Comparison, measures: Sequence[str] = MEASURES) -> Result:
    """Measure one video, one frame in memory at a time. Raises InputError for unequal sizes or lengths."""
    own = [name for name in measures if name in fidelity.MEASURES]
    seen = tuple(name for name in measures if name in perceptual.MEASURES)
    whole, subject = Meter(own), Meter(own) if comparison.mask else None
    adjust = AutoAdjust(comparison.fps) if comparison.adjust else None
    width = height = 0
    with ExitStack() as stack:
        screen = None
        for shown, target, mask in _together(comparison):
            if shown.shape != target.shape or (mask is not None and mask.shape != target.shape):
                other = mask if mask is not None and shown.shape == target.shape else shown
                raise InputError(f"frame {whole.frames} is {_size(other)}, its target {_size(target)}; scale one")
            inside = None if mask is None else inside_of(mask[..., 0])
            if not width:
                height, width = target.shape[:2]
                if seen:
                    screen = stack.enter_context(PerceptualMeter(width, height, seen, comparison.fps))
            if adjust:
                shown = adjust(shown, inside)
            whole.add(shown, target)
            if subject:
                subject.add(shown, target, inside)
            if screen:
                screen.add(shown, target)
        values = {**whole.result(), **(screen.result() if screen else {})}
    ordered = {name: values[name] for name in measures}
    inside_values = subject.result() if subject else None
    return Result(comparison.name, comparison.method, whole.frames, width, height, ordered, inside_values)


def _together(comparison: Comparison) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Frames of shown, target and mask side by side; InputError when one ends before the others."""
    videos = [video for video in (comparison.shown, comparison.target, comparison.mask) if video is not None]
    for number, frames in enumerate(zip_longest(*(video.frames() for video in videos))):
        for video, frame in zip(videos, frames, strict=True):
            if frame is None:
                raise InputError(f"{video} ends after {number} frames, before the other video; cut both to one length")
        yield frames[0], frames[1], frames[2] if len(frames) == 3 else None


def _measured(comparison: Comparison, measures: tuple[str, ...], out: Path | None) -> tuple[Result | None, str, bool]:
    """The result, what went wrong, and whether it was the work rather than the input."""
    try:
        if out is None:
            return measure_comparison(comparison, measures), "", False
        place = _place(out, comparison)
        of = _identity(comparison, measures)
        known = _known(place, of)
        if known is None:
            known = measure_comparison(comparison, measures)
            make_folder(place.parent)
            write_json(place, {"of": of, **_plain(known)})
        return known, "", False
    except KeyfillError as error:
        return None, str(error), isinstance(error, WorkError)


def _place(out: Path, comparison: Comparison) -> Path:
    return Path(out) / "videos" / comparison.method / f"{comparison.name}.json"


def _intended(comparisons: Sequence[Comparison], measures: Sequence[str], out: Path) -> Intent:
    there = {(one.method, one.name): read_record(_place(out, one)) for one in comparisons}
    before = {names: data["of"] for names, data in there.items() if "of" in data}
    now = {(one.method, one.name): _identity(one, measures) for one in comparisons if (one.method, one.name) in before}
    anew = ["/".join(names) for names in before if before[names] != now[names]]
    of_tables = {(video["method"], video["name"]) for video in read_record(out / TABLES).get("videos", ())}
    gone = sorted(of_tables - there.keys())
    why = f"what was compared was {'another video' if anew else 'more'}, or by other measures"
    return Intent(out, "result", anew=(*anew, *("/".join(names) for names in gone)), why_anew=why)


def _identity(comparison: Comparison, measures: Sequence[str]) -> dict[str, Any]:
    parts = (comparison.shown, comparison.target, comparison.mask)
    digests = [None if part is None else part.digest() for part in parts]
    return {"videos": digests, "adjust": comparison.adjust, "fps": comparison.fps, "measures": list(measures)}


def _known(place: Path, of: dict[str, Any]) -> Result | None:
    data = read_record(place)
    if data.pop("of", None) != of or set(data) != set(Result.__dataclass_fields__):
        return None
    for part in ("whole", "subject"):
        if data[part] is not None:
            data[part] = {name: math.inf if value is None else value for name, value in data[part].items()}
    return Result(**data)


def _plain(result: Result) -> dict[str, Any]:
    """Plain data of a result; None stands for infinite (videos that are equal)."""

    def finite(values: dict[str, float] | None) -> dict[str, float | None] | None:
        return None if values is None else {k: v if math.isfinite(v) else None for k, v in values.items()}

    return {**vars(result), "whole": finite(result.whole), "subject": finite(result.subject)}


def _check(comparisons: Sequence[Comparison], measures: tuple[str, ...], workers: int) -> None:
    unknown = [name for name in measures if name not in MEASURES]
    if unknown or not measures:
        raise InputError(f"measures: {unknown[0] if unknown else 'none'!r} is not one of {', '.join(MEASURES)}")
    if workers < 1:
        raise InputError(f"workers: {workers} is not 1 or more")
    if not comparisons:
        raise InputError("nothing to compare")
    for comparison in comparisons:
        if not METHOD.match(comparison.method):
            raise InputError(f"method {comparison.method!r}: use letters, digits, spaces and _ . + - for its name")
    names = [(comparison.method, comparison.name) for comparison in comparisons]
    twice = [name for name in names if names.count(name) > 1] if len(set(names)) < len(names) else []
    if twice:
        raise InputError(f"{'/'.join(twice[0])}: appears twice in what is to be compared")


def _column(results: Sequence[Result], column: str) -> list[float]:
    inside = column.startswith("subject_")
    tables = [result.subject if inside else result.whole for result in results]
    return [table[column.removeprefix("subject_")] for table in tables if table is not None]


def _size(frame: np.ndarray) -> str:
    return f"{frame.shape[1]}x{frame.shape[0]}"
