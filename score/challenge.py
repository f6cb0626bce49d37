"""The challenge's objective score: its two submission tables, read, checked and written, and S_real, S_synth, S_obj.

The tables are those of the NTIRE 2025 challenge on video quality enhancement for video conferencing:
`metrics_supervised.csv` has `video_i,rmse` (500 rows), `metrics_unsupervised.csv` `video_i,m_1,...,m_12` (3,000 rows):
m_1 is the probability that the enhanced video is preferred over its input, m_2 to m_12 are auxiliary scores, all in
[0, 1]. A missing value is refused: the challenge's script fills in -9999, and a missing m_5 then counts as 1 + 9999.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.tables import Row, read_table, write_table

SUPERVISED = "metrics_supervised.csv"
UNSUPERVISED = "metrics_unsupervised.csv"
SUPERVISED_ROWS = 500
UNSUPERVISED_ROWS = 3000
METRICS = tuple(f"m_{k}" for k in range(1, 13))
FLIPPED = "m_5"
MAX_RMSE = 255 / 128


@dataclass(frozen=True)
class Score:
    """S_real (equation 2), S_synth (equation 3) and S_obj (equation 4) with what they were made of.

    `s_real` = mean over videos and the 12 scores, `s_synth` = 1 / `mean_rmse` (rmse on `(x - 128) / 128`),
    `s_obj` = `s_real * s_synth`. `means`: the mean of each m_k as submitted. `flip_m_5`: m_5 counted as 1 - m_5.
    """

    s_real: float
    s_synth: float
    s_obj: float
    mean_rmse: float
    means: dict[str, float]
    flip_m_5: bool

    def rows(self) -> list[tuple[str, float]]:
        """Name and value, for a printed table."""
        return [
            ("S_real", self.s_real),
            ("S_synth", self.s_synth),
            ("S_obj", self.s_obj),
            ("mean RMSE", self.mean_rmse),
            *self.means.items(),
        ]


def score_submission(
    folder: Path,
    *,
    flip_m_5: bool = True,
    supervised_rows: int | None = SUPERVISED_ROWS,
    unsupervised_rows: int | None = UNSUPERVISED_ROWS,
    supervised_videos: Collection[str] | None = None,
    unsupervised_videos: Collection[str] | None = None,
) -> Score:
    """Score the two tables in `folder`.

    `flip_m_5=True` counts m_5 as 1 - m_5, as the challenge does; False as it stands. `*_rows`: how many rows each table
    must have (None: any number, for a study of one's own); `*_videos`: the names allowed and needed, if known.
    """
    supervised = read_supervised(Path(folder) / SUPERVISED, supervised_rows, supervised_videos)
    unsupervised = read_unsupervised(Path(folder) / UNSUPERVISED, unsupervised_rows, unsupervised_videos)
    return score_tables(supervised, unsupervised, flip_m_5=flip_m_5)


def score_tables(
    supervised: Mapping[str, float], unsupervised: Mapping[str, Sequence[float]], *, flip_m_5: bool = True
) -> Score:
    """Score RMSE by video and the twelve scores `(m_1, ..., m_12)` by video; see `score_submission`."""
    if not supervised or not unsupervised:
        raise InputError("nothing to score: a table has no rows")
    mean_rmse = float(np.mean(list(supervised.values())))
    if mean_rmse == 0:
        raise InputError(f"{SUPERVISED}: every rmse is 0, so S_synth = 1 / mean has no value; was the target scored?")
    means = np.mean(np.array([unsupervised[name] for name in unsupervised], float), axis=0)
    counted = means.copy()
    if flip_m_5:
        counted[METRICS.index(FLIPPED)] = 1 - counted[METRICS.index(FLIPPED)]
    s_real, s_synth = float(counted.mean()), 1 / mean_rmse
    by_metric = dict(zip(METRICS, means.tolist(), strict=True))
    return Score(s_real, s_synth, s_real * s_synth, mean_rmse, by_metric, flip_m_5)


def read_supervised(
    path: Path, rows: int | None = SUPERVISED_ROWS, videos: Collection[str] | None = None
) -> dict[str, float]:
    """`metrics_supervised.csv` -> RMSE by video, in the file's order. Raises InputError at the first thing wrong."""
    found: dict[str, float] = {}
    for row in read_table(path, ("video_i", "rmse")):
        name = _new_video(row, found, videos)
        found[name] = row.number("rmse", 0.0, MAX_RMSE, f"an error from 0 to {MAX_RMSE:.4f}, on (x - 128) / 128")
    _check_rows(path, found, rows, videos)
    return found


def read_unsupervised(
    path: Path, rows: int | None = UNSUPERVISED_ROWS, videos: Collection[str] | None = None
) -> dict[str, tuple[float, ...]]:
    """`metrics_unsupervised.csv` -> (m_1, ..., m_12) by video, in the file's order. Raises InputError."""
    found: dict[str, tuple[float, ...]] = {}
    for row in read_table(path, ("video_i", *METRICS)):
        name = _new_video(row, found, videos)
        found[name] = tuple(row.number(metric, 0.0, 1.0, "a score from 0 to 1") for metric in METRICS)
    _check_rows(path, found, rows, videos)
    return found


def write_supervised(path: Path, rmse: Mapping[str, float]) -> None:
    """Write `metrics_supervised.csv`: RMSE on `(x - 128) / 128` by video, in the order given."""
    for name, value in rmse.items():
        _check_value(path, name, "rmse", value, MAX_RMSE)
    write_table(path, ("video_i", "rmse"), ((name, repr(float(value))) for name, value in rmse.items()))


def write_unsupervised(path: Path, scores: Mapping[str, Sequence[float]]) -> None:
    """Write `metrics_unsupervised.csv`: `(m_1, ..., m_12)` by video, in the order given."""
    for name, values in scores.items():
        for metric, value in zip(METRICS, values, strict=True):
            _check_value(path, name, metric, value, 1.0)
    rows = ((name, *(repr(float(value)) for value in values)) for name, values in scores.items())
    write_table(path, ("video_i", *METRICS), rows)


def _new_video(row: Row, found: Mapping[str, object], videos: Collection[str] | None) -> str:
    name = row["video_i"].strip()
    if not name:
        raise InputError(f"{row.place}: video_i: no value; expected a video's name such as video_0001")
    if name in found:
        raise InputError(f"{row.place}: video_i: {name!r} appears twice; give each video one row")
    if videos is not None and name not in videos:
        raise InputError(f"{row.place}: video_i: {name!r} is not one of the {len(videos)} videos; remove the row")
    return name


def _check_rows(path: Path, found: Mapping[str, object], rows: int | None, videos: Collection[str] | None) -> None:
    missing = [name for name in videos or () if name not in found]
    if missing:
        raise InputError(f"{path}: {missing[0]!r} has no row ({len(missing)} videos in all); score every video")
    if rows is not None and len(found) != rows:
        raise InputError(f"{path}: {len(found):,} rows, expected {rows:,}")


def _check_value(path: Path, name: str, column: str, value: float, high: float) -> None:
    if not (np.isfinite(value) and 0 <= value <= high):
        raise InputError(f"{path}: {name}: {column} is {value!r}, expected a finite number from 0 to {high:.4f}")
