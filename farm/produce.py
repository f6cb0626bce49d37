"""From planned clips to finished shards: resume, make what is missing, judge it, put it in its place."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from farm.clip_work import ClipWork
from farm.events import EventLog
from farm.jobs import Attempt, Job, Outcome, Stopped
from farm.lock import FolderLock
from farm.pool import Executor, LocalPool, run_on, try_again
from farm.shard_plan import PlannedClip, PlannedShard, ShardFolder, lay_out, shard_identity
from pairs.errors import InputError, KeyfillError
from pairs.identity import digest
from pairs.limits import GateConfig
from pairs.manifest import write_header, write_json
from pairs.shards import ShardRow, read_shard, write_shard

WORK, QUARANTINE, CLIP = "work", "quarantine", "clip"
GIVE_UP_AFTER = 5


@dataclass(frozen=True)
class Report:
    """What a run did. `made`: clips rendered now; `kept`: clips that were there; `quarantined`: key -> reason."""

    clips: int
    made: int
    kept: int
    quarantined: dict[str, str]
    shards: tuple[str, ...]
    seconds: float


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
    recheck: bool = False,
    on_event: Callable[[dict[str, Any]], None] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Make every planned clip that `out` does not have and write the shards; see the package's docstring.

    Safe to run again at any time after anything. Clips are known by identity: what is in a finished shard, in a shard
    of an earlier plan, or finished in the work folder is taken from there. A clip that fails `attempts` times, or whose
    drawings the gate refuses, goes to `out/quarantine/KEY.json` with the reasons; its shard is written without it.
    Crashed clips are tried again by the next run, refused ones are not (they would be refused again). `recheck` also
    compares the sha256 of finished shards, not only their size. `gate`: limits of `pairs.gate`, or None.

    Raises InputError (bad plan, folder cannot be written, somebody else writes there), `Stopped` (signal, disk full,
    nothing but failures), WorkError (a shard cannot be written).
    """
    started = time.monotonic()
    shards = lay_out(clips, clips_per_shard, slice_of)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be made: {error.strerror}; choose another --out") from None
    with FolderLock(out, slice_of):
        every_shard = lay_out(clips, clips_per_shard)
        plan = {
            "clips": len(clips),
            "shards": len(every_shard),
            "clips_per_shard": clips_per_shard,
            "identity": digest([shard_identity(s.clips) for s in every_shard]),
        }
        folder = ShardFolder(out)
        if slice_of is None and out.is_dir():
            folder.remove_parts()
        write_header(out, kind, {**header, "plan": plan})
        name = "events.jsonl" if slice_of is None else f"events-{slice_of[0]:05d}-of-{slice_of[1]:05d}.jsonl"
        log = EventLog(out / name, on_event)
        try:
            settings = Job(
                "", (), Path(), timeout_s=timeout_s, attempts=attempts, memory_bytes=memory_bytes, gpu_share=gpu_share
            )
            run = _Run(out, folder, shards, settings, gate, min_free_bytes, log, progress)
            run.look_around({shard.name for shard in every_shard}, slice_of is not None, recheck)
            log({"event": "begin", "clips": run.total, "kept": run.kept, "workers": workers})
            if run.to_do:
                executor: Executor
                if ray is None:
                    executor = LocalPool(workers, gpus)
                else:
                    from farm.ray_pool import RayPool

                    executor = RayPool(ray)
                run_on(executor, run.jobs(), log, decide=run.decide, on_outcome=run.settle)
            run.finish(slice_of is not None)
            report = Report(
                run.total,
                run.made,
                run.kept,
                dict(sorted(run.quarantined.items())),
                tuple(s.name for s in shards),
                time.monotonic() - started,
            )
            log(
                {
                    "event": "end",
                    "made": report.made,
                    "kept": report.kept,
                    "quarantined": len(report.quarantined),
                    "seconds": round(report.seconds, 1),
                }
            )
            return report
        except KeyfillError as error:
            log({"event": "failed", "reason": str(error)})
            raise
        finally:
            log.close()


@dataclass
class _Run:
    """One run over one folder."""

    out: Path
    folder: ShardFolder
    shards: list[PlannedShard]
    settings: Job
    gate: GateConfig | None
    min_free_bytes: int
    log: EventLog
    progress: Callable[[int, int, str], None] | None
    made: int = 0
    kept: int = 0
    failures_in_a_row: int = 0
    quarantined: dict[str, str] = field(default_factory=dict)
    to_do: list[PlannedClip] = field(default_factory=list)
    left: dict[str, set[str]] = field(default_factory=dict)
    shard_of: dict[str, PlannedShard] = field(default_factory=dict)
    clip_of: dict[str, PlannedClip] = field(default_factory=dict)
    failed_tries: dict[str, int] = field(default_factory=dict)

    @property
    def redraws(self) -> int:
        return 0 if self.gate is None else self.gate.redraws

    @property
    def total(self) -> int:
        return len(self.clip_of)

    def work(self, clip: PlannedClip) -> ClipWork:
        return ClipWork(self.out / WORK, clip.key, clip.identity)

    def look_around(self, all_names: set[str], sliced: bool, recheck: bool) -> None:
        """Find out what is there, save what an earlier plan made, and list what is to be made."""
        valid = self.folder.sort_out(self.shards, all_names, sliced, recheck)
        elsewhere = {} if sliced else {key: row for row in self.folder.stale_rows() for key in row.clips}
        for shard in self.shards:
            self.clip_of.update({clip.key: clip for clip in shard.clips})
            self.shard_of.update({clip.key: shard for clip in shard.clips})
        for shard in self.shards:
            row = valid.get(shard.name)
            waiting = set()
            for clip in shard.clips:
                if row is not None and clip.key in row.clips:
                    self.kept += 1
                elif self._is_refused(clip):
                    continue
                elif self._is_here(clip, elsewhere):
                    self.kept += 1
                    waiting.add(clip.key)
                else:
                    waiting.add(clip.key)
                    self.to_do.append(clip)
            self.left[shard.name] = waiting & {clip.key for clip in self.to_do}
            if waiting and not self.left[shard.name]:
                self.assemble(shard)
        self._tell(f"{self.kept} of {self.total} clips are done")

    def _is_refused(self, clip: PlannedClip) -> bool:
        record = _read(self._quarantine(clip.key))
        if (
            record.get("state") in ("rejected",)
            and record.get("identity") == clip.identity
            and len(record.get("rejected", ())) > self.redraws
        ):
            self.quarantined[clip.key] = str(record.get("reason", ""))
            return True
        return False

    def _is_here(self, clip: PlannedClip, elsewhere: dict[str, ShardRow]) -> bool:
        work = self.work(clip)
        if work.ready():
            return True
        row = elsewhere.get(clip.key)
        return row is not None and self._adopt(clip, row)

    def _adopt(self, clip: PlannedClip, row: ShardRow) -> bool:
        """Bring a clip from a shard that will go back into its work folder."""
        facts = row.clips[clip.key]
        if facts.get("identity") != clip.identity:
            return False
        keys = set(facts["samples"])
        try:
            self.work(clip).adopt((s for s in read_shard(self.out / row.name, row) if s.key in keys), facts)
        except InputError as error:
            self.log({"event": "damaged", "shard": row.name, "reason": str(error)})
            return False
        return True

    def jobs(self):
        """The jobs still to do, each prepared when a worker is free for it."""
        for clip in self.to_do:
            self._check_disk()
            yield self._job(clip)

    def _job(self, clip: PlannedClip) -> Job:
        work = self.work(clip)
        folder = work.prepare()
        argv = tuple(str(part) for part in clip.build(folder, work.draw))
        check: tuple[str, ...] = ()
        if self.gate is not None:
            write_json(folder / "gate.json", self.gate.model_dump(mode="json"))
            check = (sys.executable, "-m", "pairs.gate", str(work.tar), str(folder / "gate.json"))
        return replace(self.settings, key=clip.key, argv=argv, result=work.tar, check=check)

    def decide(self, job: Job, tries: int, attempt: Attempt) -> Job | None:
        """After an attempt that did not succeed: what runs in its place."""
        if attempt.state != "rejected":
            self._check_disk(attempt)
            self.failed_tries[job.key] = self.failed_tries.get(job.key, 0) + 1
            return try_again(job, self.failed_tries[job.key], attempt)
        clip = self.clip_of[job.key]
        work = self.work(clip)
        work.reject(attempt.reasons or (attempt.reason,))
        return self._job(clip) if work.draw <= self.redraws else None

    def settle(self, outcome: Outcome) -> None:
        """A clip is done or given up; its shard is written when it waits for nothing more."""
        clip = self.clip_of[outcome.job.key]
        shard = self.shard_of[clip.key]
        last = outcome.last
        if outcome.state == "done":
            try:
                self.work(clip).finish(last.report, last.seconds, last.peak_bytes)
            except InputError as error:
                last = Attempt("failed", last.seconds, str(error), tail=last.tail)
        if last.state == "done":
            self.made += 1
            self.failures_in_a_row = 0
            self._quarantine(clip.key).unlink(missing_ok=True)
        else:
            self._set_aside(clip, outcome.attempts, last)
        self.left[shard.name].discard(clip.key)
        if not self.left[shard.name]:
            self.assemble(shard)
        self._tell(clip.key if last.state == "done" else f"{clip.key}: {last.reason}")

    def _set_aside(self, clip: PlannedClip, attempts: int, last: Attempt) -> None:
        self.quarantined[clip.key] = last.reason
        record = {
            "clip": clip.key,
            "identity": clip.identity,
            "state": last.state,
            "attempts": attempts,
            "reason": last.reason,
            "rejected": self.work(clip).state["rejected"],
            "tail": last.tail,
        }
        path = self._quarantine(clip.key)
        path.parent.mkdir(exist_ok=True)
        write_json(path, record)
        self.failures_in_a_row += last.state != "rejected"
        if self.made == 0 and self.failures_in_a_row >= GIVE_UP_AFTER:
            said = f"{last.reason}; {_last_line(last.tail)} (whole output in {path})"
            raise Stopped(f"the first {self.failures_in_a_row} clips all failed, the last with: {said}")

    def assemble(self, shard: PlannedShard) -> None:
        """Write a shard from its finished clips, announce it, and only then let the work folders go."""
        row = next((r for r in self._rows_named(shard.name)), None)
        if row is not None:
            self._rescue(row)
        ready = [(clip, work) for clip in shard.clips if (work := self.work(clip)).ready()]
        if not ready:
            return
        facts: dict[str, dict[str, Any]] = {}
        assets: dict[str, dict[str, Any]] = {}

        def samples():
            for clip, work in ready:
                facts[clip.key] = {**work.facts(), "samples": [], "measured": {}}
                for sample, measured in work.samples():
                    facts[clip.key]["samples"].append(sample.key)
                    facts[clip.key]["measured"][sample.key] = measured
                    for asset in json.loads(sample.members["json"]).get("assets", ()):
                        assets[digest(asset)] = asset
                    yield sample

        self.folder.forget(shard.name)
        written = write_shard(self.out / shard.name, samples())
        ledger = sorted(assets.values(), key=lambda asset: json.dumps(asset, sort_keys=True))
        self.folder.announce(
            replace(written, identity=shard_identity([clip for clip, _ in ready]), clips=facts, assets=ledger)
        )
        self.log({"event": "shard", "shard": shard.name, "clips": len(ready), "bytes": written.bytes})
        for _, work in ready:
            work.remove()

    def _rows_named(self, name: str) -> list[ShardRow]:
        current = self.folder.rows / f"{name}.json"
        rows = [self.folder._readable(current)] if current.exists() else []
        rows += [row for row in self.folder.stale_rows() if row.name == name]
        return [row for row in rows if row is not None and self.folder.whole(row, recheck=False)]

    def _rescue(self, row: ShardRow) -> None:
        """Before a shard is written over: its clips that the plan still wants, of this shard or another."""
        for key in row.clips:
            clip = self.clip_of.get(key)
            if clip is not None and not self.work(clip).ready():
                self._adopt(clip, row)

    def finish(self, sliced: bool) -> None:
        """When all is well, what an earlier plan left goes."""
        if not sliced and not self.quarantined:
            self.folder.remove_stale()
            shutil.rmtree(self.out / WORK, ignore_errors=True)

    def _check_disk(self, attempt: Attempt | None = None) -> None:
        said = attempt is not None and any("No space left" in text for text in (attempt.reason, attempt.tail))
        free = shutil.disk_usage(self.out).free
        if said or free < self.min_free_bytes:
            advice = "what is finished is kept, make room and run the same command again"
            raise Stopped(f"{self.out}: the disk is full ({free / 2**20:,.0f} MiB free); {advice}")

    def _quarantine(self, key: str) -> Path:
        return self.out / QUARANTINE / f"{key}.json"

    def _tell(self, text: str) -> None:
        if self.progress is not None:
            self.progress(self.made + self.kept + len(self.quarantined), self.total, text)


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _last_line(tail: str) -> str:
    return tail.splitlines()[-1] if tail else "it said nothing"
