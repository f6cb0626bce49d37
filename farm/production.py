"""One run over one folder: what is there, what is to be made, what becomes of each clip."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InputError
from core.files import write_json
from core.processes import module_command
from farm.assembly import Assembly
from farm.clip_work import ClipWork
from farm.config import FarmConfig
from farm.events import EventLog
from farm.jobs import Attempt, Job, Outcome, Stopped
from farm.pool import retry_or_give_up
from farm.shard_plan import PlannedClip, PlannedShard, ShardFolder
from farm.survey import WORK, Survey
from farm.verdicts import Verdicts
from pairs.card import is_described, write_card
from pairs.layers import FOLDER
from pairs.manifest import load_manifest

GIVE_UP_AFTER = 5


@dataclass
class Production:
    """The state of a run. `made`: clips made now, `kept`: clips found; `quarantined`: key -> reason; `refused`: those
    of them that the gate refused; `first_s`: the longest that a clip of this run took to its first frame."""

    out: Path
    folder: ShardFolder
    shards: list[PlannedShard]
    config: FarmConfig
    verdicts: Verdicts
    log: EventLog
    made: int = 0
    kept: int = 0
    failures_in_a_row: int = 0
    first_s: float = 0.0
    quarantined: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    to_do: list[PlannedClip] = field(default_factory=list)
    left: dict[str, set[str]] = field(default_factory=dict)
    failed_tries: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clip_of = {clip.key: clip for shard in self.shards for clip in shard.clips}
        self.shard_of = {clip.key: shard for shard in self.shards for clip in shard.clips}
        self.assembly = Assembly(self.folder, self.clip_of, self.work, self.verdicts, self.log)

    @property
    def total(self) -> int:
        """Clips of this run: of the plan, or of its slice."""
        return len(self.clip_of)

    def work(self, clip: PlannedClip) -> ClipWork:
        """The work folder of a clip."""
        return ClipWork(self.out / WORK, clip.key, clip.identity, self.verdicts)

    def scan(self, found: Survey) -> None:
        """Save what an earlier plan made, list what is to be made, and write the shards that lack nothing."""
        self.folder.settle(found.compared)
        self.refused |= found.refused.keys()
        self.quarantined |= found.refused
        self.kept = len(found.in_place) + len(found.waiting)
        missing = {clip.key for clip in found.to_make}
        for shard in self.shards:
            waiting = {clip.key for clip in shard.clips} & (found.waiting | missing)
            for clip in shard.clips:
                if clip.key in found.elsewhere:
                    waiting.add(clip.key)
                    # a shard that was written meanwhile may have taken its place, and saved it
                    if self.work(clip).ready() or self.assembly.import_clip(clip, found.elsewhere[clip.key]):
                        self.kept += 1
                    else:
                        missing.add(clip.key)
            self.to_do += [clip for clip in shard.clips if clip.key in missing]
            self.left[shard.name] = waiting & missing
            if (waiting or shard.name in found.outdated) and not self.left[shard.name]:
                self.assembly.assemble(shard)

    def jobs(self) -> Iterator[Job]:
        """The jobs still to do, each prepared when a worker is free for it."""
        for clip in self.to_do:
            self._check_disk()
            yield self._job(clip)

    def _job(self, clip: PlannedClip) -> Job:
        work = self.work(clip)
        folder = work.prepare()
        argv = tuple(str(part) for part in clip.build(folder, work.draw))
        check: tuple[str, ...] = ()
        if self.verdicts.gate is not None:
            write_json(folder / "gate.json", self.verdicts.limits)
            check = tuple(module_command("pairs.gate", work.tar, folder / "gate.json"))
        return Job(
            clip.key,
            argv,
            work.tar,
            check,
            timeout_s=self.config.timeout_minutes * 60,
            attempts=self.config.attempts,
            memory_bytes=int(self.config.memory_gb * 1e9),
            gpu_share=self.config.gpu_share,
            cpus=self.config.cpus,
            silence_s=self.config.silence_minutes * 60,
            first_s=self.first_s,
        )

    def next_attempt(self, job: Job, tries: int, attempt: Attempt) -> Job | None:
        """After an attempt that did not succeed: what runs in its place."""
        if attempt.state != "rejected":
            self._check_disk(attempt)
            self.failed_tries[job.key] = self.failed_tries.get(job.key, 0) + 1
            return retry_or_give_up(job, self.failed_tries[job.key], attempt)
        clip = self.clip_of[job.key]
        work = self.work(clip)
        work.reject(attempt.reasons or (attempt.reason,))
        return self._job(clip) if work.draw <= self.verdicts.redraws else None

    def on_outcome(self, outcome: Outcome) -> None:
        """A clip is done or given up; its shard is written when it waits for nothing more."""
        clip = self.clip_of[outcome.job.key]
        shard = self.shard_of[clip.key]
        last = outcome.last
        if outcome.state == "done":
            self.first_s = max(self.first_s, last.first_s)
            try:
                dropped = self.work(clip).finish(last)
                if dropped:
                    self.log({"event": "drop", "job": clip.key, "lightings": dropped})
            except InputError as error:
                last = Attempt("failed", last.seconds, str(error), tail=last.tail)
        if last.state == "done":
            self.made += 1
            self.failures_in_a_row = 0
            self.verdicts.place(clip.key).unlink(missing_ok=True)
        else:
            self._quarantine(clip, outcome.attempts, last)
        self.left[shard.name].discard(clip.key)
        if not self.left[shard.name]:
            self.assembly.assemble(shard)

    def _quarantine(self, clip: PlannedClip, attempts: int, last: Attempt) -> None:
        self.quarantined[clip.key] = last.reason
        if last.state == "rejected":
            self.refused.add(clip.key)
        record = {
            "clip": clip.key,
            "identity": clip.identity,
            "state": last.state,
            "attempts": attempts,
            "reason": last.reason,
            "rejected": self.work(clip).state["rejected"],
            "gate": self.verdicts.limits,
            "tail": last.tail,
        }
        path = self.verdicts.place(clip.key)
        path.parent.mkdir(exist_ok=True)
        write_json(path, record)
        self.failures_in_a_row += last.state != "rejected"
        if self.made == 0 and self.failures_in_a_row >= GIVE_UP_AFTER:
            said = f"{last.reason}; {_last_line(last.tail)} (whole output in {path})"
            raise Stopped(f"the first {self.failures_in_a_row} clips all failed, the last with: {said}")

    def finish(self, sliced: bool) -> None:
        """When nothing is left to be made, what an earlier plan left goes; the description is brought up to date."""
        if not sliced and set(self.quarantined) <= self.refused:
            self.folder.remove_stale()
            for folder in (self.out / FOLDER).glob("*"):
                if folder.name not in self.clip_of:
                    shutil.rmtree(folder, ignore_errors=True)
            for folder in (self.out / WORK).glob("*"):
                # What a refused clip's drawings were refused for spares another run the drawing of them.
                if folder.name not in self.refused:
                    shutil.rmtree(folder, ignore_errors=True)
            if not self.refused:
                shutil.rmtree(self.out / WORK, ignore_errors=True)
        if not is_described(self.out, load_manifest(self.out)):
            write_card(self.out)

    def _check_disk(self, attempt: Attempt | None = None) -> None:
        said = attempt is not None and any("No space left" in text for text in (attempt.reason, attempt.tail))
        free = shutil.disk_usage(self.out).free
        if said or free < self.config.min_free_gb * 1e9:
            advice = "what is finished is kept, make room and run the same command again"
            raise Stopped(f"{self.out}: the disk is full ({free / 2**20:,.0f} MiB free); {advice}")


def _last_line(tail: str) -> str:
    return tail.splitlines()[-1] if tail else "(no output)"
