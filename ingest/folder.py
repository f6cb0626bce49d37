"""A folder of people's own videos -> shards of kind "real"; safe to run again, bad files named and the others taken."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import InputError, KeyfillError, WorkError
from core.files import write_json
from core.footage import VIDEOS
from core.footage.pictures import PICTURES
from core.identity import digest as digest_of
from core.identity import file_digest
from core.pool import as_done
from core.progress import Progress, silent
from ingest.giver import Given, given_of
from ingest.networks import MODELS
from ingest.pieces import KIND, Cutting, Taken, key_of, samples_of
from pairs.card import write_card
from pairs.lock import FolderLock
from pairs.manifest import ROWS, read_row, require_kind, write_header, write_row
from pairs.shards import ShardRow, write_shard

INGEST_VERSION = 1
"""Goes up when the same video gives other bytes."""
FAILURES = "failures.json"
PIECES_PER_SHARD = 12
"""Two minutes at the usual ten seconds."""


@dataclass(frozen=True)
class Video:
    """A video to take in: where it is, the sha256 of what it holds, who gave it; names of others that are the same."""

    path: Path
    digest: str
    given: Given
    same: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return key_of(self.path, self.digest)


@dataclass(frozen=True)
class IngestResult:
    """What a run did: videos taken in now, kept from before, samples there are of them; what is odd, by video."""

    made: int
    kept: int
    samples: int
    notes: dict[str, tuple[str, ...]]


def ingest_folder(
    folder: Path,
    out: Path,
    giver: str | None = None,
    licence: str | None = None,
    cutting: Cutting | None = None,
    workers: int = 1,
    again: bool = False,
    progress: Progress = silent,
) -> IngestResult:
    """Take every video in `folder` into shards in `out`; `giver`, `licence` for those without a YAML file beside them.

    What is there is kept: a video that was taken in with the same settings is not read again. With other settings
    nothing is replaced unless `again`. `progress` counts videos. Raises InputError before anything is written: `out` is
    `folder`, no video, nobody to name as giver, other settings; WorkError at the end when a video failed
    (`failures.json` names all), the others are in.
    """
    cutting = cutting or Cutting()
    if out.resolve() == folder.resolve():
        raise InputError(f"--out {out}: is the folder of the videos; choose another")
    videos = found_videos(folder, giver, licence)
    require_kind(out, KIND)
    recipe = {"seconds": cutting.seconds, "lines": cutting.lines, "version": INGEST_VERSION, "networks": _networks()}
    out_exists = out.is_dir()
    pending = [video for video in videos if not (out_exists and _is_there(out, video, recipe, again))]
    clips = {video.key for video in videos} | {key for row in _rows(out) for key in row.clips}
    write_header(out, KIND, {"ingest": recipe, "plan": {"clips": len(clips)}})
    failures: dict[str, str] = {}
    notes: dict[str, tuple[str, ...]] = {
        video.path.name: (f"the same as {', '.join(video.same)}: taken once",) for video in videos if video.same
    }
    with FolderLock(out):
        died = lambda number: f"{pending[number].path}: a process died while it was read; use --workers 1"
        jobs = [(out, video, cutting, recipe) for video in pending]
        for done, (number, (taken, failure)) in enumerate(as_done(take_in, jobs, workers, died), 1):
            video = pending[number]
            if failure:
                failures[video.path.name] = failure
            elif taken.cut:
                failures[video.path.name] = f"{video.path}: {taken.notes[-1]}"
            if taken.notes:
                notes[video.path.name] = (*notes.get(video.path.name, ()), *taken.notes)
            progress(done, len(pending), video.path.name)
        write_card(out)
        (out / FAILURES).unlink(missing_ok=True)
        if failures:
            write_json(out / FAILURES, failures)
    samples = sum(len(row.samples) for row in _rows(out))
    if failures:
        first = next(iter(failures.values()))
        raise WorkError(
            f"{len(failures)} of {len(videos)} videos are not in, or not whole ({out / FAILURES}), the others are; "
            f"first: {first}"
        )
    return IngestResult(len(pending), len(videos) - len(pending), samples, notes)


def found_videos(folder: Path, giver: str | None, licence: str | None) -> list[Video]:
    """The videos of a folder (files, and folders of pictures), by name, each content once. InputError: none there, or
    one without giver and licence, before any of them is decoded."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give a folder of videos")
    found: dict[str, Video] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not _is_video(path):
            continue
        given = given_of(path, giver, licence)
        digest = _digest(path)
        if digest in found:
            found[digest] = replace(found[digest], same=(*found[digest].same, path.name))
        else:
            found[digest] = Video(path, digest, given)
    if not found:
        raise InputError(f"{folder}: holds no videos ({', '.join(VIDEOS)}) and no folders of pictures")
    return list(found.values())


def _is_video(path: Path) -> bool:
    if path.is_dir():
        return any(file.suffix.lower() in PICTURES for file in path.iterdir())
    return path.is_file() and path.suffix.lower() in VIDEOS


def _digest(path: Path) -> str:
    try:
        if path.is_file():
            return file_digest(path)
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURES)
        return digest_of([[file.name, file_digest(file)] for file in files])
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _networks() -> dict[str, str]:
    return {path.stem: file_digest(path)[:16] for path in sorted(MODELS.glob("*.onnx"))}


def _identity(video: Video, recipe: dict) -> str:
    return digest_of({"video": video.digest, "given": video.given.model_dump(), "recipe": recipe})


def _rows(out: Path) -> Iterator[ShardRow]:
    for path in sorted((out / ROWS).glob("*.json")):
        yield read_row(path)


def _is_there(out: Path, video: Video, recipe: dict, again: bool) -> bool:
    """Whether all of a video's shards are there, made from the same. InputError where others are and may not go."""
    rows = [row for row in _rows(out) if video.key in row.clips]
    if not rows:
        return False
    if any(row.identity != _identity(video, recipe) for row in rows):
        if not again:
            raise InputError(
                f"{out}: holds {video.path.name} taken in with other settings, giver or licence; choose another --out, "
                "or replace it with --replace"
            )
        return False
    whole = all((out / row.name).is_file() and (out / row.name).stat().st_size == row.bytes for row in rows)
    return whole and any(row.clips[video.key].get("last") for row in rows)


def take_in(out: Path, video: Video, cutting: Cutting, recipe: dict) -> tuple[Taken, str]:
    """Write a video's shards. What goes wrong is told, not thrown, so that the other videos go on."""
    taken, names = Taken(), []
    samples = samples_of(video.path, video.digest, video.given, cutting, taken)
    try:
        for number in itertools.count():
            first = next(samples, None)
            if first is None:
                break
            name = f"real-{video.key}-{number:03d}.tar"
            (out / ROWS / f"{name}.json").unlink(missing_ok=True)
            batch = itertools.chain([first], itertools.islice(samples, PIECES_PER_SHARD - 1))
            row = write_shard(out / name, batch)
            names.append(name)
            _announce(out, row, video, recipe, last=False)
    except KeyfillError as error:
        return taken, str(error)
    except (ValueError, OSError, MemoryError) as error:
        reason = (str(error).strip().splitlines() or ["no message"])[0]
        return taken, f"{video.path}: {type(error).__name__}: {reason}"
    if not names:
        return taken, f"{video.path}: holds no frames"
    _announce(out, read_row(out / ROWS / f"{names[-1]}.json"), video, recipe, last=True)
    _forget(out, video, names)
    return taken, ""


def _announce(out: Path, row: ShardRow, video: Video, recipe: dict, last: bool) -> None:
    assets = [{"name": video.path.name, "author": video.given.giver, "licence": video.given.licence,
               "source": video.given.source, "sha256": video.digest}]  # fmt: skip
    clip = {"identity": _identity(video, recipe), "samples": list(row.samples), "measured": {}, "last": last}
    write_row(out, replace(row, identity=_identity(video, recipe), clips={video.key: clip}, assets=assets))


def _forget(out: Path, video: Video, names: list[str]) -> None:
    """Shards of the same video from before, of which there are now fewer."""
    for row in list(_rows(out)):
        if video.key in row.clips and row.name not in names:
            (out / ROWS / f"{row.name}.json").unlink(missing_ok=True)
            (out / row.name).unlink(missing_ok=True)
