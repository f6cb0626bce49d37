"""Methods on real people, side by side: harm where the light is good as it comes, the way back where it was made worse.

See docs/real.md for the lights (`score.darken`) and the measures (`score.real_faces`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.colour import luminance
from core.errors import InputError, UnkeptError, WorkError
from core.files import write_bytes, write_json
from core.footage import VIDEOS, Footage
from core.identity import digest, file_digest
from core.intent import UNASKED, Consent
from core.progress import Progress, silent
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from ingest.face import FaceTracker, face_map
from ingest.person import person_coverage
from ingest.pieces import fitted
from pairs.dataset import Dataset
from pairs.layouts import jpeg
from pairs.manifest import HEADER
from pairs.real import REAL, real_clip
from score.darken import DARKENINGS, darkened_clip
from score.learned.judge_file import Judge
from score.learned.judging import preferred
from score.learned.threads import one_thread
from score.real_faces import MEASURES, OverClips, RealMeter, over_clips
from train_baseline import run_folder
from train_baseline.methods.autoadjust import AdjustMethod
from train_baseline.methods.base import Method, Session

VERSION = 2
NOTHING, ADJUST, AS_IT_IS = "input", "autoadjust", "as it is"
SMOOTHING_S = 0.5
"""As `keyfill enhance` has it when nothing is said."""
WELL_LIT = 104.0
"""Mean luma of the face, levels, from which a clip counts: a dim face is meant to change."""
SHEET_LINES = 200
Rows = dict[str, dict[str, dict[str, dict[str, float]]]]
"""Light -> method -> clip -> measures."""


@dataclass(frozen=True, eq=False)
class RealClip:
    """A real clip with what the networks see in it: frames `(H, W, 3)` uint8 sRGB, people `(H, W)` uint8 coverage,
    faces `(H, W)` bool, landmarks `(468, 2)` pixels or None."""

    name: str
    fps: float
    frames: list[np.ndarray]
    people: list[np.ndarray]
    faces: list[np.ndarray]
    landmarks: list[np.ndarray | None]

    @property
    def face_luma(self) -> float:
        """Mean sRGB luma of the face over all frames, NaN without a face."""
        both = zip(self.frames, self.faces, strict=True)
        levels = [luminance(frame[face]).mean() for frame, face in both if face.any()]
        return float(np.mean(levels)) if levels else float("nan")


def clips_of(folder: Path, most: int) -> Iterator[RealClip]:
    """The first `most` frames of every clip: of shards of kind "real", or of the videos of a folder, where person and
    face are found now. InputError for what is neither."""
    if (folder / HEADER).exists():
        data = Dataset(folder, REAL)
        for key in data.keys():
            clip = real_clip(data, key)
            frames = list(clip.source[:most])
            tracker = FaceTracker()
            landmarks = [tracker.next(frame) for frame in frames]
            yield RealClip(
                key, float(clip.info["fps"]), frames, list(clip.person[:most]), list(clip.face[:most]), landmarks
            )
        return
    for path in _videos(folder):
        with Footage(path, square=True) as footage:
            frames = [fitted(picture, 720) for _, picture in islice(footage, most)]
        tracker = FaceTracker()
        landmarks = [tracker.next(frame) for frame in frames]
        faces = [face_map(points, *frame.shape[:2]) > 0 for points, frame in zip(landmarks, frames, strict=True)]
        yield RealClip(
            path.stem, footage.info.fps, frames, [person_coverage(frame) for frame in frames], faces, landmarks
        )


def evaluate_real(
    run: Path,
    folder: Path,
    against: tuple[Path, ...] = (),
    webcam: DegradeConfig | None = None,
    most: int = 60,
    every: int = 5,
    progress: Progress = silent,
    keep: bool = True,
    out: Path | None = None,
    consent: Consent = UNASKED,
    restore: Path | None = None,
    judge: Judge | None = None,
) -> dict[str, Any]:
    """Measure a trained run on real people beside doing nothing, AutoAdjust and the runs in `against`, and with the
    restoration of the run `restore` behind it (as "NAME, restored"); writes
    `real.json` and `real.jpg` (the clips of which it brings most, middling and least back from the dark) into `out`
    (None: the run).

    With a `judge`: `judge`, by how much it prefers a method's result to what was given.

    Every clip's first `most` frames, the dear measures on every `every`-th; `webcam`: each light once more through this
    degradation. What is there already for the same runs and clips is returned as it is, another record of these models
    replaced with `consent` only. `keep` False: nothing is written. InputError: no clips, none with a well-lit face;
    UnkeptError, with the record, where it cannot be written.
    """
    run, folder = Path(run), Path(folder)
    runs = {path.name: Path(path) for path in (*against, run)}
    inputs = {
        "version": VERSION,
        "data": _data_hash(folder),
        "runs": {name: run_folder.checkpoint_hash(path) for name, path in runs.items()},
        "webcam": None if webcam is None else webcam.model_dump(mode="json"),
        "frames": [most, every],
        **({} if restore is None else {"restore": run_folder.checkpoint_hash(restore)}),
        **({} if judge is None else {"judge": judge.record["fingerprint"]}),
    }
    place = (out or run) / "real.json"
    known = run_folder.read_report(place, inputs)
    if known is not None:
        return known
    if keep:
        run_folder.intended_report(place, inputs).require(consent)
    methods: dict[str, Method[Any] | None] = {NOTHING: None, ADJUST: AdjustMethod()}
    methods |= {name: run_folder.load(path).method for name, path in runs.items()}
    if restore is not None:
        methods[f"{run.name}, restored"] = run_folder.load_method(run, restore)
    rows, dim, sheets = measured_clips(methods, folder, webcam, most, every, progress, judge)
    if not rows:
        raise InputError(f"{folder}: no clip has a well-lit face (mean luma from {WELL_LIT:g}); {len(dim)} are dim")
    record = {"of": inputs, "clips": rows, "dim": dim, "means": means_of(rows)}
    if keep:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_json(place, record)
            write_bytes(place.with_suffix(".jpg"), jpeg(_sheet(sheets, rows["dark"][run.name]), 90))
        except WorkError as error:
            raise UnkeptError(str(error), record) from error
    return record


def measured_clips(
    methods: Mapping[str, Method[Any] | None],
    folder: Path,
    webcam: DegradeConfig | None,
    most: int,
    every: int,
    progress: Progress = silent,
    judge: Judge | None = None,
) -> tuple[Rows, list[str], dict[str, np.ndarray]]:
    """Every clip under every method (None: unchanged) in every light; the names of clips whose face is dim or not
    found, which do not count; and by clip a picture: a line a light, what is given, each method, the answer."""
    rows: Rows = {}
    dim, sheets = [], {}
    for done, clip in enumerate(clips_of(folder, most), 1):
        if not clip.face_luma >= WELL_LIT:
            dim.append(clip.name)
            continue
        middle, lines = len(clip.frames) // 2, []
        for light, given in lights_of(clip, webcam):
            shown = [given[middle]]
            for name, method in methods.items():
                meter, outputs = RealMeter(every), list[np.ndarray]()
                for i, (output, matte) in enumerate(corrected(method, given, clip.fps)):
                    answer, face = clip.frames[i], clip.faces[i]
                    meter.add(given[i], output, answer, clip.people[i], face, clip.landmarks[i], matte)
                    if i == middle and method is not None:
                        shown.append(output)
                    if judge is not None and method is not None:
                        outputs.append(output)
                found = meter.result() | ({"judge": preferred(judge, outputs, given)} if judge and outputs else {})
                rows.setdefault(light, {}).setdefault(name, {})[clip.name] = found
            lines.append(np.hstack([_small(picture) for picture in (*shown, clip.frames[middle])]))
        sheets[clip.name] = np.vstack(lines)
        progress(done, done, clip.name)
    return rows, dim, sheets


def lights_of(clip: RealClip, webcam: DegradeConfig | None) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The clip as it is and in each bad light, then each of these through the webcam."""
    lights = {AS_IT_IS: clip.frames}
    for name, how in DARKENINGS.items():
        lights[name] = list(darkened_clip(clip.frames, clip.people, clip.faces, how))
    yield from lights.items()
    if webcam is None:
        return
    height, width = clip.frames[0].shape[:2]
    params = draw_params(webcam, 0, clip.name, len(clip.frames), width, height, clip.fps)
    for name, frames in lights.items():
        yield f"{name}, webcam", list(degrade_clip(np.stack(frames), params))


def corrected(
    method: Method[Any] | None, frames: list[np.ndarray], fps: float
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Frames through a method as `keyfill enhance` has it, without the video coding; and its matte `(H, W)` float32
    `[0, 1]`, where it has one."""
    if method is None:
        yield from ((frame, None) for frame in frames)
        return
    with one_thread():
        session: Session = method.placed().session(fps, SMOOTHING_S)
        for number, frame in enumerate(frames):
            elapsed_s = 1 / fps if number else 0.0
            out = session.correct(frame, elapsed_s)
            yield out, session.matte


def tables(means: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]) -> Iterator[str]:
    """Lines of text, a table a light, a column a method: mean (95% interval) worst clip."""
    for light, found in means.items():
        yield from ("", light, f"{'':<18}" + "".join(f"{name:>32}" for name in found))
        for measure in MEASURES:
            if any(measure in row for row in found.values()):
                yield f"{measure:<18}" + "".join(f"{_told(row.get(measure)):>32}" for row in found.values())


def _told(value: Mapping[str, Any] | None) -> str:
    return "-" if value is None else "{mean:.3f} ({low:.3f}, {high:.3f}) {worst:.3f}".format(**value)


def means_of(rows: Rows) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """Light -> method -> measure -> mean, interval, worst and its clip, as plain data. `NAME - autoadjust` are the
    differences clip by clip: where their interval leaves 0 out, one is better than the other on clips like these."""
    over: dict[str, dict[str, dict[str, OverClips]]] = {
        light: {name: over_clips(clips) for name, clips in (found | _beyond(found)).items()}
        for light, found in rows.items()
    }
    return {
        light: {name: {measure: asdict(value) for measure, value in row.items()} for name, row in found.items()}
        for light, found in over.items()
    }


def _beyond(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """By how much each method's measures exceed AutoAdjust's, of the same clip."""
    adjusted = found.get(ADJUST, {})
    less = lambda row, other: {measure: value - other[measure] for measure, value in row.items() if measure in other}
    return {
        f"{name} - {ADJUST}": {clip: less(row, adjusted[clip]) for clip, row in clips.items() if clip in adjusted}
        for name, clips in found.items()
        if adjusted and name not in (NOTHING, ADJUST)
    }


def _videos(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEOS) if folder.is_dir() else []
    if not found:
        raise InputError(f"{folder}: holds neither real shards (keyfill ingest) nor videos")
    return found


def _data_hash(folder: Path) -> str:
    if (folder / HEADER).exists():
        return run_folder.data_hash(folder)
    return digest([[path.name, file_digest(path)] for path in _videos(folder)])


def _small(frame: np.ndarray) -> np.ndarray:
    width = round(frame.shape[1] * SHEET_LINES / frame.shape[0])
    return cv2.resize(frame, (width, SHEET_LINES), interpolation=cv2.INTER_AREA)


def _sheet(sheets: Mapping[str, np.ndarray], dark: Mapping[str, Mapping[str, float]]) -> np.ndarray:
    order = sorted(dark, key=lambda clip: -dark[clip].get("face.way_back", 0.0))
    picked = list(dict.fromkeys((order[0], order[len(order) // 2], order[-1])))
    width = max(sheets[clip].shape[1] for clip in picked)
    return np.vstack([np.pad(sheets[clip], ((0, 8), (0, width - sheets[clip].shape[1]), (0, 0))) for clip in picked])
