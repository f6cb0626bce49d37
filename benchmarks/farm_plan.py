"""What planning and watching cost: a plan of 300,000 frames, and the status of a folder with 2,000 clips.

    .venv/bin/python benchmarks/farm_plan.py [--clips 2000]

Each runs as the user runs it, a process of its own with all its imports; seconds by the clock, processor seconds (what
remains of them when other work shares the machine) and the most memory it held.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pairs.manifest import write_header, write_row
from pairs.shards import MemberRow, ShardRow

ROOT = Path(__file__).resolve().parents[1]
PER_SHARD, LIGHTINGS = 16, 4


def folder_of(count: int, out: Path) -> None:
    """A data set as a run leaves it in the middle: rows, unfinished clips, a long log; the tars are not needed."""
    member = MemberRow(123456789, "0" * 64, 512)
    files = dict.fromkeys(("json", "source.mkv", "target.mkv", "mask.mkv"), member)
    asset = {"name": "room", "licence": "CC0-1.0", "author": "", "source": "", "sha256": "0" * 64}
    write_header(out, "clean", {"plan": {"clips": count + 100}})
    for shard in range(count // PER_SHARD):
        keys = [f"clip-{shard * PER_SHARD + i:06d}" for i in range(PER_SHARD)]
        samples = {f"{key}-light-{light:02d}": files for key in keys for light in range(LIGHTINGS)}
        measured = {"device": "GPU", "engine": "Cycles", "seconds_per_frame": 1.25}
        clips = {
            key: {
                "identity": "0" * 64,
                "draw": 0,
                "seconds": 190.5,
                "peak_bytes": 3_000_000_000,
                "samples": [f"{key}-light-{light:02d}" for light in range(LIGHTINGS)],
                "measured": {f"{key}-light-{light:02d}": measured for light in range(LIGHTINGS)},
            }
            for key in keys
        }
        write_row(out, ShardRow(f"train-{shard:06d}.tar", 10**9, "0" * 64, samples, "0" * 64, clips, [asset] * 8))
    for number in range(count, count + 40):
        (out / "work" / f"clip-{number:06d}").mkdir(parents=True)
        (out / "work" / f"clip-{number:06d}" / "state.json").write_text(json.dumps({"done": {}}))
    with open(out / "events.jsonl", "w", encoding="utf-8") as log:
        for second in range(100_000):
            event = {"t": second, "event": "progress", "job": "clip-002050", "done": second % 150, "total": 150}
            log.write(json.dumps(event) + "\n")


def run(what: str, arguments: list[str]) -> None:
    """Run `keyfill ARGUMENTS`, print what it cost."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "keyfill", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, code, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if code:
        sys.exit(f"{what}: exit code {os.waitstatus_to_exitcode(code)}")
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{what}: {seconds:.2f} s by the clock, {cpu:.2f} s of processor time, {usage.ru_maxrss / 1000:.0f} MB")


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=2000, help="of the folder that is watched")
    clips = parser.parse_args().clips
    with tempfile.TemporaryDirectory() as name:
        folder_of(clips, Path(name))
        for _ in range(2):  # the second time the files are in memory, as they are for whoever asks again
            run("plan of 300,000 frames", ["plan", "configs/conference.yaml"])
            run(f"status over {clips:,} clips", ["status", name])


if __name__ == "__main__":
    main()
