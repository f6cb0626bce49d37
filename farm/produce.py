"""From planned clips to finished shards: lock the folder, resume, run what is missing, describe what is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError, KeyfillError
from core.intent import UNASKED, Consent, Intent
from farm.config import DEFAULTS, FarmConfig
from farm.events import EventLog
from farm.placement import HERE, Placement
from farm.pool import Executor, LocalPool, run_on
from farm.production import Production
from farm.shard_plan import PlannedClip, ShardFolder, lay_out
from farm.survey import intent_of, survey
from farm.verdicts import Verdicts
from pairs.gate_config import GateConfig
from pairs.lock import FolderLock
from pairs.manifest import ROWS, require_kind, write_header


@dataclass(frozen=True)
class ProductionResult:
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
    placement: Placement = HERE,
    farm: FarmConfig = DEFAULTS,
    gate: GateConfig | None = None,
    recheck: bool = False,
    consent: Consent = UNASKED,
    on_event: Callable[[dict[str, Any]], None] | None = None,
) -> ProductionResult:
    """Make every planned clip that `out` does not have and write the clean shards; see the package's docstring.

    Safe to run again at any time after anything. Clips are known by identity: what is in a finished shard, in a shard
    of an earlier plan, or finished in the work folder is taken from there. A clip whose process fails `farm.attempts`
    times, or whose drawings the gate refuses, goes to `out/quarantine/KEY.json` with the reasons; its shard is written
    without it. Crashed clips are tried again by the next run, refused ones are not (they would be refused again).
    `recheck` also compares the sha256 of finished shards, not only their size. `gate`: limits of `pairs.gate`, or None.
    Nothing finished is removed or made anew without `consent`.

    Raises InputError (bad plan, folder cannot be written or holds another kind, somebody else writes there, something
    finished would be lost), `Stopped` (signal, disk full, nothing but failures), WorkError (a shard cannot be written).
    """
    started = time.monotonic()
    slice_of = placement.slice_of
    shards = lay_out(clips, clips_per_shard, slice_of)
    every_shard = lay_out(clips, clips_per_shard)
    executor = _executor(placement, farm)
    require_kind(out, "clean")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be made: {error.strerror}; choose another --out") from None
    with FolderLock(out, slice_of):
        plan = {"clips": len(clips), "shards": len(every_shard), "clips_per_shard": clips_per_shard}
        folder, verdicts, sliced = ShardFolder(out), Verdicts(out, gate), slice_of is not None
        names = {shard.name for shard in every_shard}
        found = survey(out, shards, names, sliced, recheck, verdicts)
        intent_of(found, out, {clip.key: clip for clip in clips}, sliced, verdicts, header).require(consent)
        if not sliced:
            folder.remove_parts()
        write_header(out, "clean", {**header, "plan": plan})
        name = "events.jsonl" if slice_of is None else f"events-{slice_of[0]:05d}-of-{slice_of[1]:05d}.jsonl"
        log = EventLog(out / name, on_event)
        try:
            run = Production(out, folder, shards, farm, verdicts, log)
            run.scan(found)
            counts = {"clips": run.total, "kept": run.kept, "to_do": len(run.to_do)}
            log({"event": "begin", **counts, "workers": placement.workers})
            if run.to_do:
                run_on(executor(), run.jobs(), log, next_attempt=run.next_attempt, on_outcome=run.on_outcome)
            run.finish(sliced)
            quarantined = dict(sorted(run.quarantined.items()))
            seconds = time.monotonic() - started
            counts = {"made": run.made, "kept": run.kept, "quarantined": len(quarantined)}
            log({"event": "end", **counts, "seconds": round(seconds, 1)})
            written = tuple(shard.name for shard in shards if (out / ROWS / f"{shard.name}.json").exists())
            refused = frozenset(run.refused)
            return ProductionResult(run.total, run.made, run.kept, quarantined, written, seconds, refused)
        except KeyfillError as error:
            log({"event": "failed", "reason": str(error)})
            raise
        finally:
            log.close()


def intended(
    clips: Sequence[PlannedClip],
    out: Path,
    clips_per_shard: int,
    header: dict[str, Any],
    slice_of: tuple[int, int] | None = None,
    gate: GateConfig | None = None,
    recheck: bool = False,
) -> Intent:
    """What `produce` would do with the same arguments; changes nothing. Raises InputError as it does."""
    require_kind(out, "clean")
    verdicts, sliced = Verdicts(out, gate), slice_of is not None
    shards = lay_out(clips, clips_per_shard, slice_of)
    names = {shard.name for shard in lay_out(clips, clips_per_shard)}
    found = survey(out, shards, names, sliced, recheck, verdicts, thorough=True)
    return intent_of(found, out, {clip.key: clip for clip in clips}, sliced, verdicts, header)


def _executor(placement: Placement, farm: FarmConfig) -> Callable[[], Executor]:
    """What makes the pool when there is something to do; a missing Ray is said before anything is written."""
    address = placement.ray_address
    if address is None:
        return lambda: LocalPool(placement.workers, farm.gpus)
    from farm.ray_pool import RayPool, require_ray

    require_ray()
    return lambda: RayPool(address)
