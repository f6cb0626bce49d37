"""Clean shards -> pair shards: every clip degraded by what its key draws; safe to run again, in as many processes as
asked.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.errors import InputError, KeyfillError, WorkError
from core.files import write_json
from degrade.chain import degrade_clip
from degrade.codec import ffmpeg_version
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.params import DegradeParams
from degrade.workers import in_order
from pairs.card import CARD, write_card
from pairs.dataset import Dataset
from pairs.manifest import ROWS, load_manifest, read_row, require_kind, write_header, write_row
from pairs.shards import Sample, ShardRow, read_shard, write_shard
from pairs.video import decode, encode_lossless

CHAIN_VERSION = 4
"""Goes up when the same parameters give other bytes."""

INPUTS, FAILURES = "inputs", "failures.json"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class DegradeResult:
    """What a run did: shards written and left as they were, samples written; of a replay, what was recorded on other
    versions, by name (the bytes may then differ).
    """

    written: int
    unchanged: int
    samples: int
    recorded_on: dict[str, Any] = field(default_factory=dict)


def versions() -> dict[str, Any]:
    """What the bytes of a degraded clip depend on, beside its parameters."""
    return {"chain": CHAIN_VERSION, "numpy": np.__version__, "opencv": cv2.__version__, "ffmpeg": ffmpeg_version()}


def degrade_folder(
    clean: Path, config: DegradeConfig, seed: int, out: Path, workers: int = 1, progress: Progress | None = None
) -> DegradeResult:
    """Degrade every clip of the clean shards in `clean`; one pair shard for each clean one in `out`, same keys.

    A pair shard whose clean shard, config, seed and versions are unchanged is left alone. `progress(done, total, text)`
    counts samples. Raises InputError on a folder that is not what it should be, and WorkError at the end when samples
    failed, naming the first with its stage (`failures.json` names all); the other samples are written, and a further
    run tries the failed ones again.
    """
    recipe = {"config": config.model_dump(mode="json"), "seed": seed}
    return _Run(Path(clean), Path(out), recipe, _Drawn(config, seed), workers, progress).run()


def replay_folder(
    clean: Path, pairs: Path, out: Path, workers: int = 1, progress: Progress | None = None
) -> DegradeResult:
    """Degrade the clips in `clean` again with the parameters recorded in `pairs`; on the same versions, the same
    bytes.
    """
    infos = {sample.key: json.loads(sample.members["json"]) for sample in Dataset(pairs, "pairs").samples()}
    recorded = {key: info.get("degrade") for key, info in infos.items()}
    done = _Run(Path(clean), Path(out), {"replay": recorded}, _Recorded(recorded), workers, progress).run()
    others = [set(info.get("degrade_versions", {}).items()) - set(versions().items()) for info in infos.values()]
    return replace(done, recorded_on=dict(sorted(set().union(*others))))


@dataclass(frozen=True)
class _Drawn:
    config: DegradeConfig
    seed: int

    def __call__(self, key: str, shape: tuple[int, ...], fps: float) -> DegradeParams:
        return draw_params(self.config, self.seed, key, shape[0], shape[2], shape[1], fps)


@dataclass(frozen=True)
class _Recorded:
    params: dict[str, Any]

    def __call__(self, key: str, shape: tuple[int, ...], fps: float) -> DegradeParams:
        if self.params.get(key) is None:
            raise InputError(
                f"{key}: replay: no parameters recorded for it; give the pair shards made from these clean ones"
            )
        return DegradeParams.from_json(self.params[key], f"{key}: replay")


def degrade_sample(sample: Sample, params_of: Callable[[str, tuple[int, ...], float], DegradeParams]) -> Sample:
    """One clean sample -> one pair sample. Raises InputError or WorkError naming key and stage."""
    for name in ("json", "source.mkv", "target.mkv"):
        if name not in sample.members:
            raise InputError(f"{sample.key}: no member {name}")
    info = json.loads(sample.members["json"])
    fps = info.get("fps")
    if not isinstance(fps, (int, float)) or fps <= 0:
        raise InputError(f"{sample.key}: json: fps is {fps!r}, expected a frame rate")
    source = _frames(sample, "source.mkv", info.get("frames"))
    params = params_of(sample.key, source.shape, float(fps))
    members = {name: sample.members[name] for name in ("target.mkv", "mask.mkv") if name in sample.members}
    # Checked against the manifest's digests when read; decoded only where frames change places.
    if params.delivery is not None and params.delivery.retime_target:
        for name in members:
            members[name] = encode_lossless(_frames(sample, name, len(source))[list(params.delivery.shown)], fps)
    members["source.mkv"] = encode_lossless(degrade_clip(source, params), fps)
    info |= {"degrade": params.to_json(), "degrade_versions": versions()}
    members["json"] = (json.dumps(info, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()
    return Sample(sample.key, members)


def _frames(sample: Sample, name: str, count: int | None) -> np.ndarray:
    """The frames of one of a sample's videos; InputError unless they are `count`, where that is known."""
    frames = decode(sample.members[name], f"{sample.key}.{name}")
    if count is not None and len(frames) != count:
        raise InputError(f"{sample.key}: {name}: {len(frames)} frames, expected {count}; render it again")
    return frames


def _work(sample: Sample, params_of: Callable) -> tuple[Sample | None, str]:
    """The sample, or None and what went wrong: a failure is told, not thrown, so that the other samples go on."""
    try:
        return degrade_sample(sample, params_of), ""
    except KeyfillError as error:
        text = str(error)
        return None, text if text.startswith(sample.key) else f"{sample.key}: {text}"
    except (ValueError, OSError, cv2.error, MemoryError) as error:
        reason = (str(error).strip().splitlines() or ["no message"])[0]
        return None, f"{sample.key}: degrade: {type(error).__name__}: {reason}"


class _Run:
    """One call of `degrade_folder` or `replay_folder`."""

    def __init__(
        self, clean: Path, out: Path, recipe: dict, params_of: Callable, workers: int, progress: Progress | None
    ):
        if workers < 1:
            raise InputError(f"workers: expected at least 1, got {workers}")
        self.clean, self.out, self.params_of, self.workers, self.progress = clean, out, params_of, workers, progress
        self.manifest = load_manifest(clean)
        if self.manifest.kind != "clean":
            raise InputError(f"{clean}: holds {self.manifest.kind} shards, expected clean shards")
        if clean.resolve() == out.resolve():
            raise InputError(f"{out}: is the folder of the clean shards; choose another --out")
        require_kind(out, "pairs")
        self.recipe = {**recipe, "versions": versions()}
        self.failures: dict[str, str] = {}
        self.samples = 0

    def run(self) -> DegradeResult:
        kept = {name: value for name, value in self.manifest.header.items() if name not in ("format", "kind")}
        recipe = {name: value for name, value in self.recipe.items() if name != "replay"}
        # Of the clips planned, those that are there to be degraded: a run that was cut off shows.
        plan = {"clips": sum(len(row.clips) for row in self.manifest.shards)}
        write_header(self.out, "pairs", {**kept, "plan": plan, "degrade": recipe})
        rows = {_pair_name(row.name): row for row in self.manifest.shards}
        self._forget_strangers(rows)
        pending = [(name, row) for name, row in rows.items() if not self._unchanged(name, row)]
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

    def _write(self, name: str, row: ShardRow, results: Iterator, total: int) -> None:
        before = len(self.failures)

        def degraded() -> Iterator[Sample]:
            for key in row.samples:
                sample, failure = next(results)
                self.samples += 1
                if sample is None:
                    self.failures[key] = failure
                else:
                    yield sample
                if self.progress is not None:
                    self.progress(self.samples, total, key)

        (self.out / ROWS / f"{name}.json").unlink(missing_ok=True)
        pair_row = write_shard(self.out / name, degraded())
        if len(self.failures) == before:
            write_json(self.out / INPUTS / f"{name}.json", self._inputs(row))
        else:
            (self.out / INPUTS / f"{name}.json").unlink(missing_ok=True)
        write_row(self.out, replace(pair_row, clips=_clips(row, pair_row)))

    def _inputs(self, row: ShardRow) -> dict[str, str]:
        recipe = json.dumps(self.recipe, sort_keys=True).encode()
        return {"clean": row.name, "clean_sha256": row.sha256, "recipe_sha256": hashlib.sha256(recipe).hexdigest()}

    def _unchanged(self, name: str, row: ShardRow) -> bool:
        (self.out / INPUTS).mkdir(exist_ok=True)
        try:
            recorded = json.loads((self.out / INPUTS / f"{name}.json").read_text())
            pair_row = read_row(self.out / ROWS / f"{name}.json")
            if recorded != self._inputs(row) or (self.out / name).stat().st_size != pair_row.bytes:
                return False
        except (OSError, ValueError, InputError):
            return False
        # The same bytes, but what the manifest says of the clips may be of an earlier state.
        if pair_row.clips != (clips := _clips(row, pair_row)):
            write_row(self.out, replace(pair_row, clips=clips))
        return True

    def _forget_strangers(self, rows: dict[str, ShardRow]) -> None:
        """Drop pair shards whose clean shard is gone (rendered anew with other shard sizes): their clips would stand
        twice.
        """
        for path in (self.out / INPUTS).glob("*.json"):
            if path.stem not in rows:
                (self.out / ROWS / path.name).unlink(missing_ok=True)
                (self.out / path.stem).unlink(missing_ok=True)
                path.unlink()

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

    def _results(self, rows: list[ShardRow]) -> Iterator[tuple[Sample | None, str]]:
        """`(sample, failure)` in order."""
        if self.workers == 1:
            for task in self._tasks(rows):
                yield (None, task) if isinstance(task, str) else _work(task, self.params_of)
            return
        yield from in_order(self._tasks(rows), functools.partial(_work, params_of=self.params_of), self.workers)


def _clips(clean: ShardRow, pairs: ShardRow) -> dict[str, dict[str, Any]]:
    """The clips whose samples all came through, as the manifest keeps them; what rendering took is not repeated."""
    whole = {key: clip for key, clip in clean.clips.items() if set(clip["samples"]) <= set(pairs.samples)}
    told = ("identity", "samples", "dropped")
    return {key: {name: clip[name] for name in told if name in clip} | {"measured": {}} for key, clip in whole.items()}


def _pair_name(clean: str) -> str:
    return clean.replace("clean", "pairs", 1) if clean.startswith("clean") else clean
