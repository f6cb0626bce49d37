"""What a config will cost before anything is rendered: counts, disk, time; arithmetic from one measured clip."""

from __future__ import annotations

import dataclasses
import os
import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from core.config import validate
from core.errors import InputError
from core.identity import digest
from farm.estimate import Calibration, Estimate, device_name, estimate, fixed_share, key_bytes_of, mean_of
from keyfill.item_cost import DEGRADE, PAIR_BYTES, pixel_seconds, room_bytes, room_seconds
from keyfill.progress import counted, size
from keyfill.run_config import RunConfig
from pairs.dataset import Dataset
from render.environment import judge_rooms
from render.job import ClipShape, rays_per_frame
from render.memory import layer_bytes_of, traced_bytes_of, window_bytes_of
from scenes.draw import split_rooms
from scenes.rooms.draw import room_name
from scenes.rooms.source import COME_WITH, Room, find_rooms

BUSY, MOST_CLIPS_A_ROOM = 1.5, 50
MEASURE_WIDTH, MEASURE_FRAMES, TINY_WIDTH = 480, 4, 64
T = TypeVar("T")
PARTS_MORE = 1.25
"""Of a lighting for which changing light was drawn: 74 % of 400 in our rooms had any, of 2.7 parts."""


@dataclass(frozen=True)
class SplitCounts:
    """What a split will hold. `rooms` serve this split alone; `pairs` are lightings of clips; `frames` are of clips."""

    split: str
    clips: int
    people: int
    rooms: int
    pairs: int
    frames: int
    shards: int


@dataclass(frozen=True)
class Basis:
    """Where time and disk come from: a measured clip, the tracing it took, and words for it. `neighbours`: most of the
    measured memory that was frames which share their samples. `warning`: why the figures may be off, or ""."""

    calibration: Calibration
    rays: float
    words: str
    neighbours: int = 0
    warning: str = ""


STORED = Basis(
    Calibration(
        frames=1,
        lightings=1,
        width=1280,
        height=720,
        start_s=2.6,
        seconds_per_frame=24.7,
        bytes_per_pair=1.272e6,  # of a key frame, the light of one clip in seven changing (docs/light.md)
        peak_bytes=2_300_000_000,
        device="CPU, 2 cores",
        core_start_s=5.2,
        core_seconds_per_frame=49.4,  # both cores, all the time; of three people (docs/light.md)
        key_bytes=0.836e6,
    ),
    rays=1280 * 720 * (12 + 12),
    words="STORED figures of another machine (CPU, 2 cores), rough; measure here with --measure",
)


def counts(config: RunConfig) -> list[SplitCounts]:
    """Clips, people, rooms and so on of each split. Raises InputError when there are no rooms for a split or
    one cannot be used."""
    scenes = config.scenes
    to_make = rooms_to_make(config)
    made = {place: weight for place, weight in scenes.room_places.items() if place not in to_make or _is_folder(place)}
    found = find_rooms(scenes.model_copy(update={"rooms": made})) if made else ()
    judge_rooms([room.path for room in found])
    coming = [Room(name, Path(), "", "", place=place) for place, names in to_make.items() for name in names]
    rooms = split_rooms((*found, *coming), scenes, config.seed)
    return [
        SplitCounts(
            split=split,
            clips=clips,
            people=clips if scenes.subjects is None else 1,
            rooms=len(rooms[split]),
            pairs=clips * scenes.lightings_per_clip,
            frames=clips * scenes.frames,
            shards=-(-clips // config.shards.clips_per_shard),
        )
        for split, clips in (("train", scenes.train_clips), ("test", scenes.test_clips))
        if clips
    ]


def rooms_to_make(config: RunConfig) -> dict[str, list[str]]:
    """Names of the rooms of the `rooms` section that the folders of `scenes.rooms` lack, by folder: those that are not
    there and, where that section is given, those that `keyfill rooms` has begun."""
    if "rooms" not in config.model_fields_set:
        return {}
    names = [room_name(number) for number in range(config.rooms.count)]
    found = {}
    for place in config.scenes.room_places:
        begun = any((Path(place) / f"{name}.yaml").is_file() for name in names)
        if place not in COME_WITH and (begun or not _is_folder(place)):
            found[place] = [name for name in names if not (Path(place) / f"{name}.exr").is_file()]
    return {place: missing for place, missing in found.items() if missing}


def _is_folder(place: str) -> bool:
    return place in COME_WITH or Path(place).is_dir()


def rooms_cost(config: RunConfig) -> dict[str, float]:
    """Rooms that are yet to be made, the seconds that they take on this machine and their bytes; stored figures."""
    count = sum(len(names) for names in rooms_to_make(config).values())
    seconds, _ = room_seconds(config.rooms, count)
    return {"to_make": count, "seconds": seconds, "bytes": count * room_bytes(config.rooms.picture)}


def shape_of(config: RunConfig) -> ClipShape:
    """The shape of every clip of the plan."""
    scenes = config.scenes
    own = scenes.subjects is not None
    return ClipShape(scenes.frames, scenes.width, scenes.height, scenes.lightings_per_clip, own)


def cost(config: RunConfig, basis: Basis, workers: int = 1, processes: int | None = None) -> Estimate:
    """Time and disk of the whole plan: the basis scaled by camera paths (time) and by pixels (disk).

    `workers`: machines or GPUs side by side, each as fast as the one that was measured; `processes`: clips that are in
    the works at once, by default as many.
    """
    total = _estimated(config, basis, workers, processes)
    return dataclasses.replace(total, shards=sum(split.shards for split in counts(config)))


def _estimated(config: RunConfig, basis: Basis, workers: int = 1, processes: int | None = None) -> Estimate:
    scenes, known = config.scenes, basis.calibration
    pixels = scenes.width * scenes.height / (known.width * known.height)
    return estimate(
        known.grown(_rays(config) / basis.rays, pixels),
        scenes.train_clips + scenes.test_clips,
        scenes.frames,
        scenes.lightings_per_clip,
        config.shards.clips_per_shard,
        workers,
        processes,
        traced_bytes_of(config.render, shape_of(config)),
    )


def _rays(config: RunConfig) -> float:
    """Camera paths of a traced frame, on average: light that changes adds parts of rooms to some lightings."""
    shape, light = shape_of(config), config.scenes.room_light.over_time
    whole = rays_per_frame(config.render, shape)
    if set(config.scenes.room_places) <= set(COME_WITH):
        return whole
    a_part = rays_per_frame(config.render, dataclasses.replace(shape, parts=shape.rooms + 1)) - whole
    return whole + light.changing * PARTS_MORE * shape.lightings * a_part


def pairs_cost(config: RunConfig, clean: Estimate) -> dict[str, float]:
    """Bytes of the pair shards made of `clean` ones, and core seconds of degrading them; stored figures."""
    pixels = clean.pairs * config.scenes.width * config.scenes.height
    return {"bytes": clean.bytes * PAIR_BYTES, "core_seconds": pixel_seconds(DEGRADE, pixels)}


def seconds_of(config: RunConfig, clips: int, made: Path) -> tuple[float, str]:
    """Seconds that rendering `clips` clips takes on this machine, and what that is known from: the clips in the shards
    `made`, or the stored figures of another machine."""
    try:
        basis = measured_before(made, cores_of(config))
    except InputError:
        basis = STORED
    shaped = {"train_clips": clips, "test_clips": 0}
    only = config.model_copy(update={"scenes": config.scenes.model_copy(update=shaped)})
    return _estimated(only, basis).seconds, basis.words


def layer_bytes(config: RunConfig, clips: int) -> int:
    """What the kept light layers of so many clips will take on disk, about; 0 where none are kept."""
    return clips * layer_bytes_of(config.render, shape_of(config))


def require_room(config: RunConfig, clips: int, out: Path) -> None:
    """Refuse layers that the disk of `out` has no room for, before any work is done. Raises InputError."""
    needed, place = layer_bytes(config, clips), next(p for p in (out.absolute(), *out.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    if needed > free:
        raise InputError(
            f"render.keep: layers: {counted(clips, 'clip')} will take about {size(needed)} on the disk of {out}, which "
            f"has {size(free)} free; render fewer clips, frames or lights, or set render.keep=pictures"
        )


def measured_now(config: RunConfig) -> Basis:
    """Render the plan's first, middle and last clip as the farm would, a few frames at most 480 pixels wide, and the
    first again at 64: what a frame takes whatever its size.

    Raises WorkError when one fails.
    """
    from farm.estimate import measure_cost
    from keyfill.clips import planned_clips

    def measured(width: int, which: slice) -> list[Calibration]:
        small = smaller(config, width)
        clips = planned_clips(small, (0, small.scenes.train_clips + small.scenes.test_clips))
        timeout_s = config.farm.timeout_minutes * 60
        return [measure_cost(clip, timeout_s, cores_of(config)) for clip in spread(clips)[which]]

    small, seen = smaller(config), measured(MEASURE_WIDTH, slice(None))
    (tiny,) = measured(TINY_WIDTH, slice(1))
    calibration = dataclasses.replace(
        mean_of(seen), fixed_share=fixed_share(seen[0], tiny, _rays(small) / _rays(smaller(config, TINY_WIDTH)))
    )
    words = (
        f"measured now: {counted(len(seen), 'clip')}, {calibration.frames} frames each of "
        f"{calibration.width}x{calibration.height} on {calibration.device}"
    )
    by_core = calibration.cores and calibration.core_seconds_per_frame
    words += f", {calibration.cores} cores, by processor time" if by_core else ", by the clock"
    return dataclasses.replace(_basis(calibration, small, words), warning=busy(calibration, os.getloadavg()[0]))


def spread(clips: Sequence[T]) -> list[T]:
    """The first, the middle and the last: people differ in what they cost, hair most of all."""
    return [clips[index] for index in sorted({0, len(clips) // 2, len(clips) - 1})]


def busy(measured: Calibration, load: float) -> str:
    """Why a measurement on a machine that did other work may be off, or "". `load`: processes that want a core, of
    which the measurement itself keeps as many busy as there are cores."""
    if measured.cores and measured.core_seconds_per_frame:
        slower = measured.seconds_per_frame * measured.cores / measured.core_seconds_per_frame
        if slower > BUSY:
            return (
                f"the machine does other work, or its cores wait: the clock took {slower:.1f} times as long; the time "
                "told is that of a machine with nothing else to do"
            )
    elif load > BUSY * (os.cpu_count() or 1):
        return (
            f"the machine does other work (load {load:.1f}), and the clock was measured; measure again when it is idle"
        )
    return ""


def cores_of(config: RunConfig) -> int:
    """Cores of this machine that a clip may use; 0 when a GPU traces, whose time no core tells."""
    if config.render.device != "cpu":
        return 0
    here = len(os.sched_getaffinity(0))
    return min(here, config.render.threads or here)


def remark(splits: list[SplitCounts]) -> str:
    """A sentence on the split that is furthest out of balance between people and rooms, or ""."""
    crowded = max(splits, key=lambda split: split.clips / split.rooms)
    if crowded.clips > MOST_CLIPS_A_ROOM * crowded.rooms:
        return (
            f"{crowded.split}: {crowded.clips} clips share {crowded.rooms} rooms, {crowded.clips / crowded.rooms:.0f} "
            "a room: a model may learn these rooms by heart; give scenes.rooms a folder with more HDRIs"
        )
    empty = max(splits, key=lambda split: split.rooms / split.pairs)
    if empty.rooms > 2 * empty.pairs:
        return f"{empty.split}: {empty.rooms} rooms for {empty.pairs} pairs: most rooms are never used"
    return ""


def smaller(config: RunConfig, width: int = MEASURE_WIDTH) -> RunConfig:
    """The same clips with few and small frames, the same samples and lightings; each a shard of its own."""
    scenes = config.scenes
    shrink = min(1.0, width / scenes.width)
    size = {name: max(16, round(getattr(scenes, name) * shrink / 2) * 2) for name in ("width", "height")}
    few = {"frames": min(MEASURE_FRAMES, scenes.frames)}
    shards = config.shards.model_copy(update={"clips_per_shard": 1})
    return config.model_copy(update={"scenes": scenes.model_copy(update=size | few), "shards": shards})


def measured_before(folder: Path, cores: int = 0) -> Basis:
    """From a folder of clean shards: medians over its clips; `cores` as in `Calibration`. Raises InputError when it
    holds no measured clip."""
    data = Dataset(folder, "clean")
    header = data.manifest.header.get("config")
    facts = {key: clip for row in data.manifest.shards for key, clip in row.clips.items() if clip.get("samples")}
    measured: dict[str, dict[str, Any]] = {
        key: next(iter(clip.get("measured", {}).values()), {}) for key, clip in facts.items()
    }
    per_frame = {key: said["seconds_per_frame"] for key, said in measured.items() if "seconds_per_frame" in said}
    if not per_frame or not isinstance(header, dict):
        raise InputError(f"{folder}: no clip with measured seconds in its manifest; give clean shards or --measure")
    first = next(iter(per_frame))
    info = data.info(facts[first]["samples"][0])
    config = validate(header, RunConfig, name=f"{folder}: config")
    starts = [facts[key]["seconds"] - seconds * info["frames"] for key, seconds in per_frame.items()]
    pairs = sum(len(clip["samples"]) for clip in facts.values()) * info["frames"]
    median = lambda name: (
        statistics.median(clip[name] for clip in facts.values()) if all(name in c for c in facts.values()) else None
    )
    calibration = Calibration(
        frames=info["frames"],
        lightings=len(facts[first]["samples"]),
        width=info["width"],
        height=info["height"],
        start_s=max(0.0, statistics.median(starts)),
        seconds_per_frame=statistics.median(per_frame.values()),
        bytes_per_pair=sum(row.bytes for row in data.manifest.shards) / pairs,
        peak_bytes=max(int(clip.get("peak_bytes", 0)) for clip in facts.values()),
        device=device_name(info.get("device", "")),
        core_start_s=median("core_start_s"),
        core_seconds_per_frame=median("core_seconds_per_frame"),
        cores=cores,
        key_bytes=key_bytes_of(data.sample(facts[first]["samples"][0])),
    )
    words = f"medians of {len(per_frame)} clips of {calibration.width}x{calibration.height} in {folder}"
    by_core = calibration.cores and calibration.core_seconds_per_frame is not None
    time = f", by processor time, as on the {cores} cores here" if by_core else ", by the clock"
    return _basis(calibration, config, f"{words}, on {calibration.device}{time}")


def _basis(calibration: Calibration, config: RunConfig, words: str) -> Basis:
    shape = shape_of(config)
    return Basis(calibration, _rays(config), words, window_bytes_of(config.render, shape))


def record(config: RunConfig, basis: Basis, machines: int, processes: int | None = None) -> dict[str, Any]:
    """The whole plan as plain data. `memory`, of one process: as measured, and at most so much more for the frames that
    share their samples."""
    more = max(0, window_bytes_of(config.render, shape_of(config)) - basis.neighbours)
    splits = counts(config)
    total = cost(config, basis, machines, processes)
    return {
        "splits": [dataclasses.asdict(split) for split in splits],
        "remark": remark(splits),
        "warning": basis.warning,
        "cost": dataclasses.asdict(total),
        "pairs": pairs_cost(config, total),
        "rooms": rooms_cost(config),
        "layers": {"bytes": layer_bytes(config, config.scenes.train_clips + config.scenes.test_clips)},
        "machines": machines,
        "memory": {"measured": basis.calibration.peak_bytes, "more": more},
        "basis": {"words": basis.words, **dataclasses.asdict(basis.calibration)},
        "config": digest(config.model_dump(mode="json")),
    }
