"""Clean shards -> pair shards: every clip degraded by what its key draws; safe to run again, in as many processes as
asked.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from core.errors import InputError, KeyfillError, WorkError
from core.files import write_json
from core.intent import UNASKED, Consent, Intent
from core.progress import Progress, silent
from degrade.chain import degrade_clip, versions
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.pair_folder import PairFolder
from degrade.params import DegradeParams, DegradeRecord
from degrade.workers import Done, in_order
from pairs.card import CARD, write_card
from pairs.dataset import Dataset
from pairs.manifest import load_manifest, require_kind, write_header
from pairs.members import member_of
from pairs.predicted import smaller
from pairs.record import FORMAT, sample_json
from pairs.shards import Sample, ShardRow, read_shard, write_shard
from pairs.video import decode, encode_lossless

FAILURES = "failures.json"


@dataclass(frozen=True)
class DegradeResult:
    """What a run did: shards written and left as they were, samples written; of a replay, what was recorded on other
    versions, by name (the bytes may then differ).
    """

    written: int
    unchanged: int
    samples: int
    recorded_on: dict[str, Any] = field(default_factory=dict)


def degrade_folder(
    clean: Path,
    config: DegradeConfig,
    seed: int,
    out: Path,
    workers: int = 1,
    progress: Progress = silent,
    consent: Consent = UNASKED,
) -> DegradeResult:
    """Degrade every clip of the clean shards in `clean`; one pair shard for each clean one in `out`, same keys.

    A pair shard whose clean shard, config, seed and versions are unchanged is left alone. `progress(done, total, text)`
    counts samples. Raises InputError on a folder that is not what it should be, or where samples that are there would
    be made anew or removed without `consent`; and WorkError at the end when samples failed, naming the first with its
    stage (`failures.json` names all); the other samples are written, and a further run tries the failed ones again.
    """
    return _Run(Path(clean), Path(out), _Drawn(config, seed), workers, progress).run(consent)


def intended_pairs(clean: Path, config: DegradeConfig, seed: int, out: Path) -> Intent:
    """What `degrade_folder` would do with the same arguments; changes nothing."""
    return _Run(Path(clean), Path(out), _Drawn(config, seed), 1, silent).intent()


def intended_replay(clean: Path, pairs: Path, out: Path) -> Intent:
    """What `replay_folder` would do with the same arguments; changes nothing."""
    return _Run(Path(clean), Path(out), _recorded_in(_infos_of(pairs)), 1, silent).intent()


def replay_folder(
    clean: Path,
    pairs: Path,
    out: Path,
    workers: int = 1,
    progress: Progress = silent,
    consent: Consent = UNASKED,
) -> DegradeResult:
    """Degrade the clips in `clean` again with the parameters recorded in `pairs`; on the same versions, the same
    bytes. Raises as `degrade_folder` does.
    """
    infos = _infos_of(pairs)
    done = _Run(Path(clean), Path(out), _recorded_in(infos), workers, progress).run(consent)
    others = [set(info.get("degrade_versions", {}).items()) - set(versions().items()) for info in infos.values()]
    return replace(done, recorded_on=dict(sorted(set().union(*others))))


def _infos_of(pairs: Path) -> dict[str, dict[str, Any]]:
    return {sample.key: json.loads(sample.members["json"]) for sample in Dataset(pairs, "pairs").samples()}


def _recorded_in(infos: dict[str, dict[str, Any]]) -> _Recorded:
    return _Recorded({key: info.get("degrade") for key, info in infos.items()})


class Recipe(Protocol):
    """Where a clip's parameters come from."""

    def params_of(self, key: str, shape: tuple[int, ...], fps: float) -> DegradeParams:
        """Those of the clip `key` with frames `shape`, `(T, H, W, 3)`. InputError when there are none."""

    def to_json(self) -> dict[str, Any]:
        """All that the parameters depend on, but versions."""


@dataclass(frozen=True)
class _Drawn:
    """Drawn from a config."""

    config: DegradeConfig
    seed: int

    def params_of(self, key: str, shape: tuple[int, ...], fps: float) -> DegradeParams:
        return draw_params(self.config, self.seed, key, shape[0], shape[2], shape[1], fps)

    def to_json(self) -> dict[str, Any]:
        return {"config": self.config.model_dump(mode="json"), "seed": self.seed}


@dataclass(frozen=True)
class _Recorded:
    """As pair shards have them, by key."""

    params: dict[str, Any]

    def params_of(self, key: str, shape: tuple[int, ...], fps: float) -> DegradeParams:
        if self.params.get(key) is None:
            raise InputError(
                f"{key}: replay: no parameters recorded for it; give the pair shards made from these clean ones"
            )
        return DegradeParams.from_json(self.params[key], f"{key}: replay")

    def to_json(self) -> dict[str, Any]:
        return {"replay": self.params}


def degrade_sample(sample: Sample, recipe: Recipe) -> Sample:
    """One clean sample -> one pair sample: the source degraded, its JSON told of it, every other member carried along;
    videos follow where frames come late. Raises InputError or WorkError naming key and stage.
    """
    for name in ("json", "source.mkv", "target.mkv"):
        if name not in sample.members:
            raise InputError(f"{sample.key}: no member {name}")
    info = json.loads(sample.members["json"])
    fps = info.get("fps")
    if not isinstance(fps, (int, float)) or fps <= 0:
        raise InputError(f"{sample.key}: json: fps is {fps!r}, expected a frame rate")
    source = _frames(sample, "source.mkv", info.get("frames"))
    params = recipe.params_of(sample.key, source.shape, float(fps))
    members = dict(sample.members)
    # Checked against the manifest's digests when read; decoded only where frames change places.
    if params.delivery is not None and params.delivery.retime_target:
        for name in (name for name in members if member_of(name).follows == "target"):
            moved = _frames(sample, name, len(source))[list(params.delivery.shown)]
            again = encode_lossless(moved, fps, member_of(name).content)
            members[name] = smaller(again, fps, f"{sample.key}.{name}") if member_of(name).predicted else again
    members["source.mkv"] = encode_lossless(degrade_clip(source, params), fps)
    info |= {"degrade": DegradeRecord.of(params), "degrade_versions": versions()}
    members["json"] = sample_json(info)
    return Sample(sample.key, members)


def _frames(sample: Sample, name: str, count: int | None) -> np.ndarray:
    """The frames of one of a sample's videos; InputError unless they are `count`, where that is known."""
    frames = decode(sample.members[name], f"{sample.key}.{name}")
    if count is not None and len(frames) != count:
        raise InputError(f"{sample.key}: {name}: {len(frames)} frames, expected {count}; render it again")
    return frames


def _work(sample: Sample, recipe: Recipe) -> Done:
    """The sample, or None and what went wrong: a failure is told, not thrown, so that the other samples go on."""
    try:
        return degrade_sample(sample, recipe), ""
    except KeyfillError as error:
        text = str(error)
        return None, text if text.startswith(sample.key) else f"{sample.key}: {text}"
    except (ValueError, OSError, cv2.error, MemoryError) as error:
        reason = (str(error).strip().splitlines() or ["no message"])[0]
        return None, f"{sample.key}: degrade: {type(error).__name__}: {reason}"


class _Run:
    """One call of `degrade_folder` or `replay_folder`."""

    def __init__(self, clean: Path, out: Path, recipe: Recipe, workers: int, progress: Progress):
        if workers < 1:
            raise InputError(f"workers: expected at least 1, got {workers}")
        self.clean, self.out, self.recipe, self.workers, self.progress = clean, out, recipe, workers, progress
        self.manifest = load_manifest(clean)
        if self.manifest.kind != "clean":
            raise InputError(f"{clean}: holds {self.manifest.kind} shards, expected clean shards")
        if clean.resolve() == out.resolve():
            raise InputError(f"{out}: is the folder of the clean shards; choose another --out")
        require_kind(out, "pairs")
        self.folder = PairFolder(out, self.manifest, {**recipe.to_json(), "versions": versions(), "format": FORMAT})
        self.failures: dict[str, str] = {}
        self.samples = 0

    def intent(self) -> Intent:
        """What `run` would do; changes nothing."""
        return self.folder.intent(self.clean)

    def run(self, consent: Consent) -> DegradeResult:
        """Do it. Raises as `degrade_folder` says."""
        self.intent().require(consent)
        kept = {name: value for name, value in self.manifest.header.items() if name not in ("format", "kind")}
        # Of the clips planned, those that are there to be degraded: a run that was cut off shows.
        plan = {"clips": sum(len(row.clips) for row in self.manifest.shards)}
        write_header(self.out, "pairs", {**kept, "plan": plan, "degrade": self.folder.recipe})
        self.folder.forget_strangers()
        rows = self.folder.rows
        pending = [(name, row) for name, row in rows.items() if not self.folder.is_unchanged(name)]
        for name in rows.keys() - {name for name, _ in pending}:
            self.folder.update_row(name)
        total = sum(len(row.samples) for _, row in pending)
        results = self._results([row for _, row in pending])
        for name, row in pending:
            self._write(name, row, results, total)
        if pending or not (self.out / CARD).exists():
            write_card(self.out)
        (self.out / FAILURES).unlink(missing_ok=True)
        if self.failures:
            write_json(self.out / FAILURES, self.failures)
            first = next(iter(self.failures.values()))
            rest = "" if len(self.failures) == 1 else f"; all of them: {self.out / FAILURES}"
            raise WorkError(
                f"{len(self.failures)} of {total} samples failed, the others are written; first: {first}{rest}"
            )
        return DegradeResult(len(pending), len(rows) - len(pending), self.samples)

    def _write(self, name: str, row: ShardRow, results: Iterator[Done], total: int) -> None:
        before = len(self.failures)

        def degraded() -> Iterator[Sample]:
            for key in row.samples:
                sample, failure = next(results)
                self.samples += 1
                if sample is None:
                    self.failures[key] = failure
                else:
                    yield sample
                self.progress(self.samples, total, key)

        self.folder.begin(name)
        self.folder.announce(write_shard(self.out / name, degraded()), len(self.failures) == before)

    def _tasks(self, rows: list[ShardRow]) -> Iterator[Sample | str]:
        """Clean samples in order; what was wrong in the place of each one that a damaged shard does not give."""
        for row in rows:
            given = 0
            try:
                for sample in read_shard(self.clean / row.name, row):
                    given += 1
                    yield sample
            except InputError as error:
                for key in list(row.samples)[given:]:
                    yield f"{key}: reading: {error}"

    def _results(self, rows: list[ShardRow]) -> Iterator[Done]:
        """`(sample, failure)` in order."""
        if self.workers == 1:
            for task in self._tasks(rows):
                yield (None, task) if isinstance(task, str) else _work(task, self.recipe)
            return
        yield from in_order(self._tasks(rows), functools.partial(_work, recipe=self.recipe), self.workers)
