"""The work folder of one clip: what was tried, what was refused and why, the finished clip until its shard has it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import read_record, write_json
from farm.jobs import Attempt
from farm.verdicts import Verdicts
from pairs.layers import FOLDER
from pairs.manifest import row_from_json
from pairs.record import MEASURED
from pairs.shards import Sample, ShardRow, read_shard, scan_shard, write_shard

PROCESSOR_TIME = ("core_start_s", "core_seconds_per_frame")
"""What a clip's process says of it: core seconds before and beside the frames, and for each frame."""


class ClipWork:
    """Folder KEY under `work` in the output: `state.json`, and a folder a draw for the clip's process to work in."""

    def __init__(self, work: Path, key: str, identity: str, verdicts: Verdicts):
        self.root, self.key, self.identity, self.verdicts = work / key, key, identity, verdicts
        state = self._read()
        usable = state.get("identity") == identity and verdicts.still_valid(_judged(state))
        self.state: dict[str, Any] = state if usable else {"identity": identity, "rejected": []}

    def _read(self) -> dict[str, Any]:
        try:
            state = json.loads((self.root / "state.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError, RecursionError):
            return {}
        return state if isinstance(state, dict) else {}

    @property
    def draw(self) -> int:
        """Which drawing of the clip is to be made: one more than were refused."""
        return len(self.state["rejected"])

    @property
    def folder(self) -> Path:
        """Where the process of this draw works."""
        return self.root / f"draw-{self.draw}"

    @property
    def layers(self) -> Path:
        """Where the process leaves its light layers, when those are kept."""
        return self.folder / FOLDER

    @property
    def tar(self) -> Path:
        """What the process leaves when it is done."""
        return self.folder / "clip.tar"

    def prepare(self) -> Path:
        """The folder of this draw, made; what another identity or another gate left here is removed first."""
        if self._read() != self.state:
            shutil.rmtree(self.root, ignore_errors=True)
            self.root.mkdir(parents=True)
            self._save()
        self.folder.mkdir(exist_ok=True)
        return self.folder

    def reject(self, reasons: tuple[str, ...]) -> None:
        """The gate refused this draw; its folder goes, the reasons stay."""
        folder = self.folder
        self.state["rejected"].append(list(reasons))
        self.state["gate"] = self.verdicts.limits
        self._save()
        shutil.rmtree(folder, ignore_errors=True)

    def finish(self, attempt: Attempt) -> dict[str, list[str]]:
        """Take the tar that the process left as the clip, without the samples that its check leaves out.

        Returns those, with reasons. Raises InputError when it is not a whole tar with samples.
        """
        row, report = scan_shard(self.tar), attempt.report
        if not row.samples:
            raise InputError(f"{self.tar}: holds no sample")
        if report.get("sha256", row.sha256) != row.sha256:
            raise InputError(f"{self.tar}: is not the file its process wrote (sha256 differs)")
        dropped = attempt.verdict.get("dropped", {})
        if dropped:
            row = write_shard(self.tar, (sample for sample in read_shard(self.tar, row) if sample.key not in dropped))
        said = {name: report[name] for name in MEASURED if name in report}
        facts: dict[str, Any] = {"draw": self.draw, "seconds": round(attempt.seconds, 3)}
        facts["peak_bytes"] = attempt.peak_bytes
        if "layers" in report:
            facts["layers"] = report["layers"]
        facts |= {name: round(float(report[name]), 3) for name in PROCESSOR_TIME if name in report}
        if dropped or self.draw:
            facts["gate"] = self.verdicts.limits
        self._done(row, {**facts, "dropped": dropped, "measured": {key: said for key in row.samples}})
        return dropped

    def import_samples(self, samples: Iterator[Sample], facts: dict[str, Any]) -> None:
        """Take the clip from a shard that is about to go."""
        self.prepare()
        row = write_shard(self.tar, samples)
        self._done(row, {name: value for name, value in facts.items() if name not in ("identity", "samples")})

    def _done(self, row: ShardRow, facts: dict[str, Any]) -> None:
        self.state["done"] = {"row": dataclasses.asdict(row), "facts": facts}
        self._save()

    def _save(self) -> None:
        write_json(self.root / "state.json", self.state)

    def ready(self) -> bool:
        """Whether the finished clip is here, whole to the last byte."""
        if "done" not in self.state:
            return False
        try:
            return scan_shard(self.tar) == row_from_json(self.state["done"]["row"])
        except (InputError, KeyError, TypeError, ValueError, AttributeError):
            return False

    def samples(self) -> Iterator[tuple[Sample, dict[str, Any]]]:
        """The finished clip's samples as they go into a shard, each with what was measured while it was made."""
        before = self.state["done"]["facts"].get("measured", {})
        for sample in read_shard(self.tar, row_from_json(self.state["done"]["row"])):
            clean, measured = part_measured(sample)
            yield clean, {**before.get(sample.key, {}), **measured}

    def facts(self) -> dict[str, Any]:
        """What the manifest keeps of how the clip was made."""
        return {"identity": self.identity, **self.state["done"]["facts"]}

    def remove(self) -> None:
        """The clip is in a shard and in the manifest: its work folder goes."""
        shutil.rmtree(self.root, ignore_errors=True)


def begun_for(root: Path) -> str | None:
    """Identity of the clip of which the work folder `root` holds finished frames; None where it holds none."""
    state = read_record(root / "state.json")
    if not state or not ("done" in state or any(root.glob("draw-*/*.npz"))):
        return None
    return str(state.get("identity"))


def _judged(state: dict[str, Any]) -> dict[str, Any]:
    """What a gate has had to say of the clip so far, as `Verdicts.still_valid` takes it."""
    if "done" in state:
        return state["done"].get("facts", {})
    return {"draw": len(state.get("rejected", ())), "gate": state.get("gate")}


def part_measured(sample: Sample) -> tuple[Sample, dict[str, Any]]:
    """A sample whose JSON says nothing that varies from run to run, and what it said of that."""
    try:
        info = json.loads(sample.members["json"])
    except (KeyError, ValueError, RecursionError):
        raise InputError(f"{sample.key}: its json member is missing or not JSON") from None
    if not isinstance(info, dict):
        raise InputError(f"{sample.key}: its json member is not a JSON object")
    measured = {name: info.pop(name) for name in MEASURED if name in info}
    text = json.dumps(info, sort_keys=True, allow_nan=False) + "\n"
    return Sample(sample.key, {**sample.members, "json": text.encode()}), measured
