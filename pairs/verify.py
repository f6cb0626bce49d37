"""Checks a whole data set: every byte against the manifest, every frame decoded, every pair against the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.identity import file_digest
from core.pool import as_done
from core.progress import Progress, silent
from pairs.card import CROISSANT, is_described
from pairs.layers import FOLDER, layer_faults
from pairs.manifest import ROWS, Manifest, load_header, read_row
from pairs.rules import judge
from pairs.shards import REWRITE, Sample, ShardRow, read_member, scan_shard


@dataclass(frozen=True)
class Problem:
    """Something wrong: `place` is a file, a shard, or shard and sample; `what` says what, in words."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def verify(folder: Path, workers: int = 1, progress: Progress = silent) -> tuple[Problem, ...]:
    """All that is wrong with the data set in `folder`, empty when nothing is; writes nothing.

    `workers` processes decode, a shard each; `progress(done, total, text)` counts shards. Raises InputError when
    `folder` is not a data set, WorkError when a decoding process died.
    """
    kind, header = load_header(folder)
    rows, problems = _rows(folder)
    manifest = Manifest(kind, header, rows)
    problems += _folder_problems(folder, manifest)
    names = [row.name for row in manifest.shards]
    died = lambda number: (
        f"{folder}: a process died while it decoded {names[number]} or another shard; run verify with one worker"
    )
    for done, (number, found) in enumerate(as_done(verify_shard, [(folder, name) for name in names], workers, died), 1):
        problems += found
        progress(done, len(names), names[number])
    problems += _layer_problems(folder, manifest)
    return tuple(sorted(problems, key=lambda problem: (problem.place, problem.what)))


def _rows(folder: Path) -> tuple[tuple[ShardRow, ...], list[Problem]]:
    """The rows that can be read, and what is wrong with the others."""
    rows, problems = [], []
    for path in sorted((folder / ROWS).glob("*.json")):
        try:
            rows.append(read_row(path))
        except InputError as error:
            problems.append(Problem(f"{ROWS}/{path.name}", str(error).removeprefix(f"{path}: ")))
    return tuple(rows), problems


def verify_shard(folder: Path, name: str) -> list[Problem]:
    """All that is wrong with one shard: its bytes as a whole, its structure, each member, each pair."""
    path = folder / name
    row = read_row(folder / ROWS / f"{name}.json")
    if not path.exists():
        return [Problem(name, f"the shard is missing, with {len(row.samples)} samples; {REWRITE}")]
    problems = [Problem(name, what) for what in _file_problems(path, row)]
    for key, files in row.samples.items():
        try:
            sample = Sample(key, {member: read_member(path, row, key, member) for member in files})
        except InputError as error:
            problems.append(Problem(f"{name}/{key}", str(error).removeprefix(f"{path}: ")))
            continue
        problems += [Problem(f"{name}/{key}", reason) for reason in judge(sample)]
    return problems


def _file_problems(path: Path, row: ShardRow) -> Iterator[str]:
    size = path.stat().st_size
    if size != row.bytes:
        yield f"{size:,} bytes, the manifest says {row.bytes:,}"
    elif file_digest(path) != row.sha256:
        yield "sha256 differs from the manifest"
    try:
        found = scan_shard(path)
    except InputError as error:
        yield str(error).removeprefix(f"{path}: ")
        return
    if found.samples != row.samples:
        yield "its members are not those of the manifest"


def _layer_problems(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    """All that is wrong with the kept light layers of its clips."""
    for row in manifest.shards:
        for key, facts in row.clips.items():
            if "layers" in facts:
                place = f"{FOLDER}/{key}"
                for fault in layer_faults(folder / place, str(facts["layers"].get("sha256"))):
                    yield Problem(place, fault.removeprefix(f"{folder / place}/"))


def _folder_problems(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for row in manifest.shards:
        for key in row.samples:
            if key in seen:
                yield Problem(row.name, f"sample {key} is also in {seen[key]}")
            seen[key] = row.name
    announced = {path.name.removesuffix(".json") for path in (folder / ROWS).glob("*.json")}
    for path in sorted(folder.glob("*.tar")):
        if path.name not in announced and not (folder / ROWS / "stale" / f"{path.name}.json").exists():
            yield Problem(path.name, "not in the manifest; a run was cut off here, run its command again")
    if (folder / CROISSANT).exists() and not is_described(folder, manifest):
        yield Problem(CROISSANT, "does not list the shards as they are; run the command that writes them again")
    plan = manifest.header.get("plan", {})
    wanted, present = plan.get("clips"), len({key for row in manifest.shards for key in row.clips})
    if isinstance(wanted, int) and present < wanted:
        refused = len(list((folder / "quarantine").glob("*.json")))
        yield Problem("plan", f"{wanted - present} of {wanted} clips are not in the shards ({refused} in quarantine)")
