"""Trained runs before a judge: what each makes of the same videos."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from core.errors import InputError
from core.footage import Footage
from keyfill.real_evaluation import corrected
from score.fidelity.footage import videos_in
from score.learned.judge_file import Judge
from score.learned.judging import Verdict, compare_clips, windows_in
from train_baseline import run_folder
from train_baseline.methods.base import Method

INPUT = "input"
"""Stands for the video as it is, in the place of a run."""
MOST = 60
"""Frames of a video that are corrected."""


def judge_runs(
    judge: Judge, one: Path, other: Path, videos: Path, keep: bool = False
) -> Iterator[tuple[str, Verdict | InputError]]:
    """By video of a folder (or one file): a verdict on what two runs make of its first `MOST` frames, `Path("input")`
    being the video itself; or what is wrong with it. InputError: no such run, no videos."""
    methods = [None if str(path) == INPUT else run_folder.load_method(path) for path in (one, other)]
    found = (
        {videos.stem: videos} if videos.is_file() else {name: video.path for name, video in videos_in(videos).items()}
    )
    for name, path in found.items():
        try:
            yield name, judged_clip(judge, methods, path, name, keep)
        except InputError as error:
            yield name, error


def judged_clip(judge: Judge, methods: list[Method | None], path: Path, name: str, keep: bool) -> Verdict:
    """The verdict on one video."""
    with Footage(path) as opened:
        frames = [picture for _, picture in islice(opened, MOST)]
        fps = opened.info.fps
    if opened.damaged:
        raise InputError(f"{path}: {opened.notes[-1]}; give whole videos")
    sides = [windows_in([out for out, _ in corrected(method, frames, fps)], judge.frames) for method in methods]
    return compare_clips(judge, sides[0], sides[1], name, keep)
