"""What a plan will cost: disk and time, by arithmetic from one measured clip."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import WorkError
from farm.jobs import Job
from farm.pool import LocalPool, run_on
from farm.shard_plan import PlannedClip
from pairs.predicted import KEY_EVERY, key_excess
from pairs.shards import Sample, read_shard, scan_shard

BYTES_GROW = 0.83
"""From 480x270 to 1280x720 the bytes of two people grew 5.1 times, their pixels 7.1 times."""
ALONE = 2.2
"""What a clip's frames take in the works, each coded by itself, to what they take in a shard."""


@dataclass(frozen=True)
class Calibration:
    """Measured on one real clip: `start_s` before the first frame, seconds and bytes per traced frame; the same in
    core seconds, where they were measured, which other work on the machine hardly touches. `cores`: of the machine that
    is to do the work; 0 where the clock counts, as on a GPU. `fixed_share`: of a frame's seconds those that do not grow
    with its pixels and samples.

    A traced frame is one moment of one clip; `bytes_per_pair` is what one lighting of it takes in a shard, on average
    over the clip; `key_bytes`: how much more a frame takes that stands alone, as every `pairs.predicted.KEY_EVERY`-th.
    """

    frames: int
    lightings: int
    width: int
    height: int
    start_s: float
    seconds_per_frame: float
    bytes_per_pair: float
    peak_bytes: int
    device: str
    core_start_s: float | None = None
    core_seconds_per_frame: float | None = None
    cores: int = 0
    fixed_share: float = 0.0
    key_bytes: float = 0.0

    def bytes_of(self, frames: int) -> float:
        """What a lighting of a clip of so many frames takes: a longer one has fewer key frames to a frame."""
        keys = lambda count: -(-count // KEY_EVERY) * self.key_bytes
        return frames * (self.bytes_per_pair - keys(self.frames) / self.frames) + keys(frames)

    def grown(self, rays: float, pixels: float) -> Calibration:
        """The same of frames with `rays` times the camera paths and `pixels` times the pixels: what is larger is also
        smoother, so bytes grow less."""
        larger = pixels**BYTES_GROW
        times = self.fixed_share + (1 - self.fixed_share) * rays
        core = self.core_seconds_per_frame
        return replace(
            self,
            seconds_per_frame=self.seconds_per_frame * times,
            core_seconds_per_frame=None if core is None else core * times,
            bytes_per_pair=self.bytes_per_pair * larger,
            key_bytes=self.key_bytes * larger,
        )


@dataclass(frozen=True)
class Estimate:
    """Totals of a plan. `seconds`: of one worker; `wall_s`: `workers` side by side that do not slow each other.
    `core_seconds`: None where processor time was not measured."""

    clips: int
    frames: int
    pairs: int
    shards: int
    bytes: int
    work_bytes: int
    seconds: float
    wall_s: float
    core_seconds: float | None = None


def measure_cost(clip: PlannedClip, timeout_s: float = 3600.0, cores: int = 0) -> Calibration:
    """Make `clip` (short, of the plan's size) as the farm would and measure it; `cores` as in `Calibration`. Raises
    WorkError when it fails."""
    with tempfile.TemporaryDirectory(prefix="keyfill-plan-") as name:
        folder = Path(name)
        argv = tuple(str(part) for part in clip.build(folder, 0))
        job = Job(clip.key, argv, folder / "clip.tar", timeout_s=timeout_s, attempts=1)
        (outcome,) = run_on(LocalPool(1, ()), [job])
        if outcome.state != "done":
            last = outcome.last.tail.splitlines()[-1:] or [""]
            raise WorkError(f"the calibration clip failed: {outcome.last.reason} {last[0]}")
        row = scan_shard(folder / "clip.tar")
        samples = list(read_shard(folder / "clip.tar", row))
    info = json.loads(samples[0].members["json"])
    report = {**info, **outcome.last.report}
    per_frame = float(report["seconds_per_frame"])
    return Calibration(
        frames=info["frames"],
        lightings=len(samples),
        width=info["width"],
        height=info["height"],
        start_s=max(0.0, outcome.last.seconds - per_frame * info["frames"]),
        seconds_per_frame=per_frame,
        bytes_per_pair=row.bytes / (info["frames"] * len(samples)),
        peak_bytes=outcome.last.peak_bytes,
        device=device_name(report.get("device", "")),
        core_start_s=report.get("core_start_s"),
        core_seconds_per_frame=report.get("core_seconds_per_frame"),
        cores=cores,
        key_bytes=statistics.mean(key_bytes_of(sample) for sample in samples),
    )


def key_bytes_of(sample: Sample) -> float:
    """How many bytes more than another a key frame of all its videos takes; 0 where all stand alone."""
    return sum(key_excess(data) for name, data in sample.members.items() if name.endswith(".mkv"))


def mean_of(seen: Sequence[Calibration]) -> Calibration:
    """The mean of clips of one size; memory of the largest."""
    names = ("start_s", "seconds_per_frame", "bytes_per_pair", "key_bytes", "core_start_s", "core_seconds_per_frame")
    told = {name: [getattr(one, name) for one in seen] for name in names}
    means: dict[str, Any] = {name: None if None in all_ else statistics.mean(all_) for name, all_ in told.items()}
    return replace(seen[0], **means, peak_bytes=max(one.peak_bytes for one in seen))


def fixed_share(large: Calibration, tiny: Calibration, rays: float) -> float:
    """Of a large frame's seconds the share that a frame of one pixel would take too, from the same clip at two sizes;
    `rays`: how many times the camera paths the large one has."""
    took, least = large.core_seconds_per_frame, tiny.core_seconds_per_frame
    if took is None or least is None:
        took, least = large.seconds_per_frame, tiny.seconds_per_frame
    if rays <= 1 or not took:
        return 0.0
    grows = (took - least) / (1 - 1 / rays)
    return min(max(1 - grows / took, 0.0), 1.0)


def estimate(
    calibration: Calibration,
    clips: int,
    frames: int,
    lightings: int,
    clips_per_shard: int,
    workers: int = 1,
    processes: int | None = None,
    kept_bytes: int = 0,
) -> Estimate:
    """What `clips` clips of `frames` frames under `lightings` lightings each will take.

    Time grows with frames, and with lightings as they were in the calibration (measure with as many). `work_bytes`:
    room for unfinished clips and shards beside the finished ones: a shard's clips twice, and for each of `processes`
    (by default as many as workers) a clip's single frames and the `kept_bytes` that it keeps while it is rendered.
    """
    at_once = min(workers if processes is None else processes, clips)
    pairs = clips * frames * lightings
    per_clip = lightings * calibration.bytes_of(frames)
    seconds = clips * (calibration.start_s + frames * calibration.seconds_per_frame)
    start, per_frame = calibration.core_start_s, calibration.core_seconds_per_frame
    core_seconds = None if start is None or per_frame is None else clips * (start + frames * per_frame)
    if core_seconds is not None and calibration.cores:
        seconds = core_seconds / calibration.cores
    return Estimate(
        clips=clips,
        frames=clips * frames,
        pairs=pairs,
        shards=-(-clips // clips_per_shard),
        bytes=round(clips * per_clip),
        work_bytes=round(per_clip * (2 * min(clips_per_shard, clips) + ALONE * at_once)) + kept_bytes * at_once,
        seconds=seconds,
        wall_s=seconds / max(1, min(workers, clips)),
        core_seconds=core_seconds,
    )


def device_name(said: Any) -> str:
    """What rendered, as text: a name, or the names of several."""
    return ", ".join(map(str, said)) if isinstance(said, list) else str(said)
