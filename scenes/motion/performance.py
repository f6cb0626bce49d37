"""A recorded performance: a Live Link Face CSV (52 ARKit actions, head and eye rotation) that drives the subject.

Rotations are read as ARKit has them, in radians about the face's own axes: yaw positive to the person's left, pitch
positive down, roll positive towards the person's right shoulder.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InputError
from scenes.motion.record import Excerpt

_SIDED = (
    "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "browDown",
    "browOuterUp", "cheekSquint", "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile",
    "mouthStretch", "mouthUpperUp", "noseSneer",
)  # fmt: skip
_MIDDLE = (
    "browInnerUp", "cheekPuff", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel",
    "mouthLeft", "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper", "tongueOut",
)  # fmt: skip
ACTIONS = (*(name + side for name in _SIDED for side in ("Left", "Right")), *_MIDDLE)
TURNS = tuple(f"{part}{axis}" for part in ("Head", "LeftEye", "RightEye") for axis in ("Yaw", "Pitch", "Roll"))
_TIMECODE = re.compile(r"(\d{1,2}):(\d\d):(\d\d)[:;](\d{1,3}(?:\.\d+)?)\Z")
_RATES = (24, 25, 30, 50, 60, 120)
_MAX_BYTES = 200_000_000
# ARKit's actions end at 1; a tracker's overshoot is let through, another kind of file is not.
_ACTION_LIMITS, _TURN_LIMIT = (-0.5, 2.0), math.pi


@dataclass(frozen=True, eq=False)
class Performance:
    """`time_s` `(N,)` from 0, rising; `actions` `(N, 52)` in `ACTIONS` order; `turns` `(N, 9)` radians,
    order `TURNS`.
    """

    time_s: np.ndarray
    actions: np.ndarray
    turns: np.ndarray
    sha256: str

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return float(self.time_s[-1])


def load_performance(path: str | Path) -> Performance:
    """Read a CSV as the Live Link Face app writes it. Columns may stand in any order and case; further ones are
    ignored.

    InputError names file, line and column: no such file, no CSV, a missing or doubled column, a short row, a value
    that is not a number or out of range, a time code that is not one or runs backwards, fewer than two frames.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path}: {path.stat().st_size:,} bytes; a performance has at most {_MAX_BYTES:,}")
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a Live Link Face CSV") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file; give the CSV of a Live Link Face take") from None
    return _parsed(text, str(path), hashlib.sha256(raw).hexdigest())


def _parsed(text: str, name: str, sha256: str) -> Performance:
    rows = csv.reader(io.StringIO(text))
    header = [cell.strip() for cell in next(rows, [])]
    columns: dict[str, int] = {}
    for i, title in enumerate(header):
        if title.lower() in columns:
            raise InputError(f"{name}:1: column {title} appears twice; keep one")
        columns[title.lower()] = i
    wanted = ("Timecode", *(action[0].upper() + action[1:] for action in ACTIONS), *TURNS)
    absent = [title for title in wanted if title.lower() not in columns]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise InputError(f"{name}:1: no column {absent[0]}{more}; expected the CSV of a Live Link Face take")
    times, values = [], []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            line = rows.line_num
            if len(row) < len(header):
                raise InputError(
                    f"{name}:{line}: {len(row)} cells, the header has {len(header)}; is the file cut short?"
                )
            times.append(_timecode(row[columns["timecode"]], f"{name}:{line}: column Timecode"))
            values.append([_number(row[columns[t.lower()]], f"{name}:{line}: column {t}", t) for t in wanted[1:]])
    except csv.Error as error:
        raise InputError(f"{name}:{rows.line_num}: not CSV: {error}") from None
    if len(times) < 2:
        raise InputError(f"{name}: {len(times)} frames; a performance needs at least two")
    table = np.array(values, np.float32)
    return Performance(_seconds(times, name), table[:, :52], table[:, 52:], sha256)


def _number(cell: str, place: str, title: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise InputError(f"{place}: {cell.strip()!r} is not a number") from None
    low, high = (-_TURN_LIMIT, _TURN_LIMIT) if title in TURNS else _ACTION_LIMITS
    if not low <= value <= high:
        unit = "radians" if title in TURNS else "0 to 1"
        raise InputError(f"{place}: {value:g} is out of range; expected {unit}")
    return value


def _timecode(cell: str, place: str) -> tuple[int, float]:
    found = _TIMECODE.match(cell.strip())
    if found is None:
        raise InputError(f"{place}: {cell.strip()!r} is not a time code; expected HH:MM:SS:FF.FFF")
    hours, minutes, seconds = (int(x) for x in found.groups()[:3])
    return 3600 * hours + 60 * minutes + seconds, float(found.group(4))


def _seconds(times: list[tuple[int, float]], name: str) -> np.ndarray:
    """Time codes count frames within a second; the rate is the smallest usual one that holds the highest count."""
    highest = max(frame for _, frame in times)
    rate = next((rate for rate in _RATES if highest < rate), None)
    if rate is None:
        raise InputError(f"{name}: a time code counts {highest:g} frames in a second; expected at most {_RATES[-1]}")
    out = np.array([whole + frame / rate for whole, frame in times])
    back = np.flatnonzero(np.diff(out) < 0)
    if len(back):
        raise InputError(f"{name}:{back[0] + 3}: column Timecode: runs backwards; give one unedited take")
    return out - out[0]


@functools.lru_cache(maxsize=4)
def _cached(path: str, size: int, changed_ns: int) -> Performance:
    return load_performance(path)


def _performance(path: str) -> Performance:
    try:
        facts = Path(path).stat()
    except OSError:
        return load_performance(path)
    return _cached(path, facts.st_size, facts.st_mtime_ns)


def draw_excerpt(path: str, seconds: float, rng: np.random.Generator) -> Excerpt:
    """The motion record of a clip that shows `seconds` of the performance, from a drawn place in it.

    InputError when the performance is shorter than the clip.
    """
    performance = _performance(path)
    spare = performance.seconds - seconds
    if spare < -1e-6:
        raise InputError(
            f"scenes.motion.performance: {path}: {performance.seconds:.2f} s; a clip lasts {seconds:.2f} s: "
            "give a longer take or set fewer scenes.frames"
        )
    start = round(float(rng.uniform(0, max(spare, 0.0))), 4)
    return Excerpt(path, performance.sha256, min(start, max(spare, 0.0)), seconds)


def excerpt_curves(motion: Excerpt, frames: int, fps: float) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Head turns `(T, 3)` about x, y, z, gaze `(T, 2)` yaw and pitch, both float32 radians, and action curves by name.

    InputError when the file is not the one that the record was drawn from.
    """
    performance = _performance(motion.performance)
    if performance.sha256 != motion.sha256:
        raise InputError(f"{motion.performance}: changed since the clips were planned; give the same take again")
    t = motion.start + np.arange(frames) / fps
    turns = np.stack([np.interp(t, performance.time_s, column) for column in performance.turns.T], 1)
    at = {title: turns[:, i] for i, title in enumerate(TURNS)}
    head = np.stack([at["HeadPitch"], -at["HeadRoll"], at["HeadYaw"]], 1).astype(np.float32)
    eyes = [0.5 * (at[f"LeftEye{axis}"] + at[f"RightEye{axis}"]) for axis in ("Yaw", "Pitch")]
    face = {
        name: np.clip(np.interp(t, performance.time_s, column), 0, 1)
        for name, column in zip(ACTIONS, performance.actions.T, strict=True)
    }
    return head, np.stack(eyes, 1).astype(np.float32), face
