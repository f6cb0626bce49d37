"""From planned clips to finished shards: lock the folder, resume, run what is missing, describe what is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError, KeyfillError
from core.identity import digest
from farm.clip_work import ClipWork
from farm.events import EventLog
from farm.jobs import Job
from farm.pool import Executor, LocalPool, run_on
from farm.production import WORK, Production
from farm.shard_plan import PlannedClip, ShardFolder, lay_out, shard_identity
from farm.verdicts import Verdicts
from pairs.gate_config import GateConfig
from pairs.lock import FolderLock
from pairs.manifest import ROWS, require_kind, write_header


@dataclass(frozen=True)
class Report:
    """What a run did. `made`: clips rendered now; `kept`: clips that were there; `quarantined`: key -> reason;
    `refused`: those of them that the gate refused, which another run would refuse again."""

    clips: int
    made: int
    kept: int
    quarantined: dict[str, str]
    shards: tuple[str, ...]
    seconds: float
    refused: frozenset[str] = frozenset()


def produce(
    clips: Sequence[PlannedClip],
    out: Path,
    clips_per_shard: int,
    header: dict[str, Any],
    *,
    kind: str = "clean",
    workers: int = 1,
    gpus: Sequence[str] = (),
    ray: str | None = None,
    slice_of: tuple[int, int] | None = None,
    gate: GateConfig | None = None,
    attempts: int = 3,
    timeout_s: float = 6 * 3600.0,
    memory_bytes: int = 0,
    min_free_bytes: int = 256 * 2**20,
    gpu_share: float = 0.0,
    cpus: float = 1.0,
    recheck: bool = False,
    on_event: Callable[[dict[str, Any]], None] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Make every planned clip that `out` does not have and write the shards; see the package's docstring.

    Safe to run again at any time after anything. Clips are known by identity: what is in a finished shard, in a shard
    of an earlier plan, or finished in the work folder is taken from there. A clip that fails `attempts` times, or whose
    drawings the gate refuses, goes to `out/quarantine/KEY.json` with the reasons; its shard is written without it.
    Crashed clips are tried again by the next run, refused ones are not (they would be refused again). `recheck` also
    compares the sha256 of finished shards, not only their size. `gate`: limits of `pairs.gate`, or None. `gpus`: dealt
    to the workers of the local pool; `gpu_share` and `cpus`: what a clip takes of a Ray cluster.

    Raises InputError (bad plan, folder cannot be written or holds another kind, somebody else writes there), `Stopped`
    (signal, disk full, nothing but failures), WorkError (a shard cannot be written).
    """
    started = time.monotonic()
    shards = lay_out(clips, clips_per_shard, slice_of)
    every_shard = lay_out(clips, clips_per_shard)
    executor = _executor(workers, gpus, ray)
    require_kind(out, kind)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be made: {error.strerror}; choose another --out") from None
    with FolderLock(out, slice_of):
        plan = {
            "clips": len(clips),
            "shards": len(every_shard),
            "clips_per_shard": clips_per_shard,
            "identity": digest([shard_identity(shard.clips) for shard in every_shard]),
        }
        folder = ShardFolder(out)
        if slice_of is None:
            folder.remove_parts()
        write_header(out, kind, {**header, "plan": plan})
        name = "events.jsonl" if slice_of is None else f"events-{slice_of[0]:05d}-of-{slice_of[1]:05d}.jsonl"
        log = EventLog(out / name, on_event)
        limits = {"timeout_s": timeout_s, "attempts": attempts, "memory_bytes": memory_bytes}
        settings = Job("", (), Path(), **limits, gpu_share=gpu_share, cpus=cpus)
        try:
            run = Production(out, folder, shards, settings, Verdicts(out, gate), min_free_bytes, log, progress)
            run.look_around({shard.name for shard in every_shard}, slice_of is not None, recheck)
            log({"event": "begin", "clips": run.total, "kept": run.kept, "workers": workers})
            if run.to_do:
                run_on(executor(), run.jobs(), log, decide=run.decide, on_outcome=run.settle)
            run.finish(slice_of is not None)
            quarantined = dict(sorted(run.quarantined.items()))
            seconds = time.monotonic() - started
            counts = {"made": run.made, "kept": run.kept, "quarantined": len(quarantined)}
            log({"event": "end", **counts, "seconds": round(seconds, 1)})
            names = tuple(shard.name for shard in shards if (out / ROWS / f"{shard.name}.json").exists())
            return Report(run.total, run.made, run.kept, quarantined, names, seconds, frozenset(run.refused))
        except KeyfillError as error:
            log({"event": "failed", "reason": str(error)})
            raise
        finally:
            log.close()


def clips_to_make(
    clips: Sequence[PlannedClip],
    out: Path,
    clips_per_shard: int,
    slice_of: tuple[int, int] | None = None,
    gate: GateConfig | None = None,
) -> list[PlannedClip]:
    """Those of the plan (or of a slice of it) that `produce` would make: no shard in `out` holds them as planned, they
    do not wait in the work folder, and the gate has not refused them before. Changes nothing."""
    verdicts = Verdicts(out, gate)
    facts = {key: facts for row in ShardFolder(out).current_rows() for key, facts in row.clips.items()}

    def wanted(clip: PlannedClip) -> bool:
        there = facts.get(clip.key, {})
        if there.get("identity") == clip.identity and verdicts.hold(there):
            return False
        return verdicts.refusal(clip) is None and not ClipWork(out / WORK, clip.key, clip.identity, verdicts).ready()

    return [clip for shard in lay_out(clips, clips_per_shard, slice_of) for clip in shard.clips if wanted(clip)]


def _executor(workers: int, gpus: Sequence[str], ray: str | None) -> Callable[[], Executor]:
    """What makes the pool when there is something to do; a missing Ray is said before anything is written."""
    if ray is None:
        return lambda: LocalPool(workers, gpus)
    from farm.ray_pool import RayPool, require_ray

    require_ray()
    return lambda: RayPool(ray)
