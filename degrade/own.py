"""Degrade one's own footage: whole videos with their sound, pictures, and folders of either."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np

from core.errors import InputError, KeyfillError, WorkError
from core.files import read_record, write_json
from core.footage import PICTURES, VIDEOS, Footage
from core.footage.containers import ENDINGS, container_of
from core.footage.pictures import write_picture
from core.footage.writer import FINE, Look, VideoWriter, video_frame
from core.intent import UNASKED, Consent, Intent, differences, in_words
from core.processes import sigterm_as_ctrl_c
from core.progress import Progress, silent
from degrade.chain import REACH, degrade_frames, versions
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.footage import require_size
from degrade.params import DegradeParams
from pairs.manifest import HEADER

RECORDS = "degrade"
"""In a folder of results: what was drawn for each, as JSON."""
QUALITY = 10
"""Of the video that is written, as x264 counts: its own coding adds next to nothing."""


@dataclass
class Degraded:
    """What a call did: files written and left as they were, frames of those written; `notes` by input."""

    written: int = 0
    unchanged: int = 0
    frames: int = 0
    notes: list[str] = field(default_factory=list)


def is_own(source: Path) -> bool:
    """Whether `source` is a file, or a folder that holds pictures or videos of its own, and no shards of ours."""
    return source.is_file() or (not any(source.glob(f"*/{HEADER}")) and any(True for _ in _below(source)))


def intended_own(source: Path, config: DegradeConfig, seed: int, out: Path) -> Intent:
    """What `degrade_own` would do with the same arguments; changes nothing."""
    source, out = Path(source), Path(out)
    if not source.exists():
        raise InputError(f"{source}: no such file or folder")
    return _intent(_planned(source, out), _recipe(config, seed), out)


def degrade_own(
    source: Path,
    config: DegradeConfig,
    seed: int,
    out: Path,
    consent: Consent = UNASKED,
    progress: Progress = silent,
) -> Degraded:
    """Degrade a video, a picture, or a folder of them, to `out`: a video's name, a picture's (.png), or a folder.

    A video keeps its time stamps, sound and whatever stands beside its pictures (`core.footage.beside`); an odd side is
    cut by one pixel. Of a folder, and the folders in it, each file is degraded by itself to the same place in `out`,
    unless `out` is a video's name: then its pictures are the frames of one. What is drawn follows from `seed` and the
    file's name alone (in a folder in it "folder/name"), and is kept as JSON beside the result (of a folder in
    `degrade/`). What is there already is left alone where it was made of the same input in the
    same way; anything else is replaced only with `consent`.

    `progress` counts frames. InputError for what cannot be read, written, or would be replaced; WorkError at the end
    where a file failed or was cut: what is there was degraded.
    """
    intent = intended_own(source, config, seed, out)
    intent.require(consent)
    recipe, done, failures = _recipe(config, seed), Degraded(unchanged=intent.kept), list[str]()
    jobs = [job for job in _planned(Path(source), Path(out)) if job.name in intent.to_make]
    with sigterm_as_ctrl_c():
        lengths = {job.source: job.frames() for job in jobs}
        for job in jobs:
            told = partial(_tell, progress, done.frames, sum(lengths.values()), job.name)
            try:
                notes, frames = job.run(config, recipe, told)
            except KeyfillError as error:
                if len(jobs) == 1:
                    raise
                failures.append(str(error))
                lengths[job.source] = 0
                continue
            lengths[job.source] = frames
            done.written, done.frames = done.written + 1, done.frames + frames
            done.notes += [f"{job.source}: {note}" for note in notes]
    if failures:
        raise WorkError(f"{len(failures)} of {len(jobs)} files failed, the others are written; first: {failures[0]}")
    return done


def _recipe(config: DegradeConfig, seed: int) -> dict[str, Any]:
    return {"config": config.model_dump(mode="json"), "seed": seed, "versions": versions()}


def _intent(jobs: list[_Job], recipe: dict[str, Any], out: Path) -> Intent:
    differing = {job.name: job.differs(recipe) for job in jobs if job.out.exists()}
    anew = tuple(name for name, why in differing.items() if why)
    return Intent(
        out,
        "file",
        new=tuple(job.name for job in jobs if job.name not in differing),
        anew=anew,
        kept=len(differing) - len(anew),
        why_anew=differing[anew[0]] if anew else "",
    )


def _tell(progress: Progress, before: int, total: int, name: str, frames: int) -> None:
    progress(before + frames, max(total, before + frames), name)


def _inside(folder: Path) -> list[Path]:
    kinds = (*PICTURES, *VIDEOS)
    return sorted(f for f in folder.iterdir() if f.suffix.lower() in kinds and f.is_file() and f.name[0] != ".")


def _below(folder: Path, out: Path | None = None) -> Iterator[Path]:
    """Files in `folder` and the folders in it, but `out` and hidden ones."""
    for place, inner, _ in os.walk(folder):
        inner[:] = sorted(name for name in inner if name[0] != "." and not (out and _same(Path(place, name), out)))
        yield from _inside(Path(place))


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _planned(source: Path, out: Path) -> list[_Job]:
    """What becomes of what; InputError where two would become one, or an input its own output."""
    ending = out.suffix.lower()
    if source.is_dir() and ending not in ENDINGS:
        found = [file.relative_to(source) for file in _below(source, out)]
        if not found:
            raise InputError(f"{source}: holds no pictures and no videos")
        if out.is_file():
            raise InputError(f"{out}: is a file; for a folder of pictures or videos give a folder, or OUT.mp4")
        if _same(out, source):
            raise InputError(f"{out}: is the input itself; choose another --out")
        taken: dict[str, _Job] = {}
        for file in found:
            name = str(file.with_name(_name_of(file)))
            job = _Job(source / file, out / name, out / RECORDS / f"{name}.json", name, file.as_posix())
            if (other := taken.setdefault(name, job)) is not job:
                raise InputError(f"{job.source}: and {other.source.name} would both become {name}")
        return list(taken.values())
    still = source.is_file() and source.suffix.lower() in PICTURES
    if still and ending != ".png":
        raise InputError(f"{out}: a picture is written as PNG; choose a name such as OUT.png")
    if not still:
        for place in (out, out.resolve()):
            container_of(place)
    if out.is_dir() or not out.resolve().parent.is_dir():
        raise InputError(f"{out}: cannot be written there; give a file name in a folder that exists")
    if out.exists() and os.path.samefile(source, out):
        raise InputError(f"{out}: is the input itself; choose another --out")
    return [_Job(source, out, out.with_name(f"{out.name}.json"), out.name, source.name)]


def _name_of(file: Path) -> str:
    if file.suffix.lower() in PICTURES:
        return f"{file.stem}.png"
    return file.name if file.suffix.lower() in ENDINGS else f"{file.name}.mp4"


@dataclass(frozen=True)
class _Job:
    """One file, or a folder's pictures as one video; where it goes, and where its record; how the result is called, and
    the name from which its draw follows."""

    source: Path
    out: Path
    record: Path
    name: str
    drawn_as: str

    def differs(self, recipe: dict[str, Any]) -> str:
        """From what else the result that is there was made; empty where from just this."""
        known = read_record(self.record)
        if not known:
            return "it was not written by this command"
        before = {name: known.get(name) for name in (*recipe, "input_sha256")}
        return in_words(differences(before, {**recipe, "input_sha256": self._digest()}))

    def frames(self) -> int:
        """About how many."""
        if self.source.is_dir() or self.source.suffix.lower() in PICTURES:
            return len(_inside(self.source)) if self.source.is_dir() else 1
        with suppress(InputError, av.FFmpegError), Footage(self.source) as footage:
            return max(1, round((footage.info.duration_s or 0) * footage.info.fps))
        return 1

    def run(self, config: DegradeConfig, recipe: dict[str, Any], told: Callable[[int], None]) -> tuple[list[str], int]:
        """Writes result and record. What is to be said, and how many frames."""
        with Footage(self.source) as footage:
            times = footage.stamps()
        with Footage(self.source) as footage:
            info = footage.info
            require_size(self.source, info.width, info.height)
            width, height = info.width // 2 * 2, info.height // 2 * 2
            params = draw_params(config, recipe["seed"], self.drawn_as, len(times), width, height, info.fps)
            window = _Window(footage, width, height)
            for place in (self.record, self.out):
                place.parent.mkdir(parents=True, exist_ok=True)
            if self.out.suffix.lower() == ".png":
                frame = next(degrade_frames(window.at, params))
                write_picture(self.out.resolve(), frame)
                told(1)
                notes = []
            else:
                notes = self._write_video(footage, window, times, params, told)
            notes = [*footage.notes, *notes]
            if (width, height) != (info.width, info.height):
                notes.append(f"{info.width}x{info.height}: an odd side is cut by one pixel")
            cut = footage.cut
        facts = {"input": self.drawn_as, "input_sha256": self._digest(), "degrade": params.to_json()}
        write_json(self.record, {**recipe, **facts})
        if cut:
            raise WorkError(f"{self.source}: {'; '.join(notes)}; {self.out} holds what is there")
        return notes, len(times)

    def _write_video(
        self,
        footage: Footage,
        window: _Window,
        times: list[float],
        params: DegradeParams,
        told: Callable[[int], None],
    ) -> list[str]:
        place, info = self.out.resolve(), footage.info
        part = place.with_name(f".{place.stem}.{os.getpid()}.{secrets.token_hex(4)}{place.suffix}")
        aspect = Fraction(info.pixel_aspect).limit_denominator(1000) if info.pixel_aspect != 1 else None
        look = Look(params.width, params.height, info.fps, FINE, QUALITY, aspect=aspect)
        waiting: deque[av.Packet] = deque()
        try:
            with VideoWriter(part, self.out, look, footage.container) as writer:
                footage.pass_on = lambda packet: waiting.extend(writer.pass_on(packet))
                for number, picture in enumerate(degrade_frames(window.at, params)):
                    frame, time_s = video_frame(picture), footage.start_s + times[number]
                    frame.pts, frame.time_base = round(time_s / FINE), FINE
                    writer.write(frame)
                    while waiting and _time_of(waiting[0]) <= time_s:
                        writer.mux(waiting.popleft())
                    told(number + 1)
                window.finish()
                while waiting:
                    writer.mux(waiting.popleft())
                notes = writer.finish()
            os.replace(part, place)
        except (av.FFmpegError, OSError) as error:
            raise WorkError(f"{self.out}: {error}") from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return notes

    def _digest(self) -> str:
        found = hashlib.sha256()
        for file in _inside(self.source) if self.source.is_dir() else [self.source]:
            with open(file, "rb") as data:
                while piece := data.read(1 << 20):
                    found.update(piece)
        return found.hexdigest()


def _time_of(packet: av.Packet) -> float:
    if packet.dts is None or packet.time_base is None:
        return 0.0
    return float(packet.dts * packet.time_base)


class _Window:
    """Frames that are read on and on, the last ones kept."""

    def __init__(self, footage: Footage, width: int, height: int):
        self._coming, self._size, self._read = iter(footage), (height, width), 0
        self._kept: deque[np.ndarray] = deque(maxlen=REACH + 2)

    def at(self, frame: int) -> np.ndarray:
        """Frame `frame`, `(H, W, 3)` uint8 sRGB."""
        while self._read <= frame:
            _, picture = next(self._coming)
            self._read += 1
            self._kept.append(np.ascontiguousarray(picture[: self._size[0], : self._size[1]]))
        return self._kept[frame - self._read]

    def finish(self) -> None:
        """Reads what is left, which is no frame that is wanted but may be sound."""
        deque(self._coming, maxlen=0)
