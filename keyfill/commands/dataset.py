"""Commands about a whole data set: what it will cost, where it stands, whether it is whole, another layout of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from core.errors import InputError, WorkError
from keyfill.app import (
    COMMON,
    CONFIGURED,
    KEEPING,
    Common,
    Config,
    Configured,
    Folder,
    Json,
    Keeping,
    Out,
    app,
    as_json,
    data_group,
    look_group,
    print_table,
    show_progress,
)

if TYPE_CHECKING:
    from ingest.challenge import RealChallengeLayout

Shards = Annotated[Path, Parameter(name="DIR", help="a folder of clean or pair shards, or of a run that holds both")]


@app.command(group=data_group)
def plan(
    config: Config,
    /,
    *,
    workers: Annotated[int, Parameter(help="worker processes per machine; on GPUs, one per GPU")] = 1,
    num_shards: Annotated[int, Parameter(help="machines, as in an array job of so many slices")] = 1,
    measure: Annotated[bool, Parameter(help="render two small frames now and estimate from them", negative=())] = False,
    like: Annotated[Path | None, Parameter(help="estimate from the timings recorded in these clean shards")] = None,
    price: Annotated[float | None, Parameter(help="of a core-hour, e.g. 0.04: what rendering costs")] = None,
    out: Annotated[Path, Parameter(help="where it is to be written: light layers must fit that disk")] = Path(),
    json: Json = False,
    common: Configured = CONFIGURED,
) -> None:
    """Count clips, people and rooms, core-hours, disk and time of a config, also of degrading it; renders nothing
    without --measure.

    For example:

    - `keyfill plan configs/conference.yaml --measure`
    - `keyfill plan configs/conference.yaml --like out/quick/clean --num-shards 64`
    """
    from keyfill import plan as planning
    from keyfill.run_config import load_run

    loaded = load_run(config, common.set)
    if workers < 1 or num_shards < 1:
        raise InputError(f"--workers {workers}, --num-shards {num_shards}: expected at least 1")
    if price is not None and not 0 <= price < float("inf"):
        raise InputError(f"--price {price}: expected what a core-hour costs, 0 or more")
    if price is not None and loaded.render.device != "cpu":
        raise InputError(f"--price: render.device is {loaded.render.device}; core-hours do not pay for a GPU")
    if measure and like is not None:
        raise InputError("--measure and --like are two ways to the same figures; give one of them")
    planning.counts(loaded)
    planning.require_room(loaded, loaded.scenes.train_clips + loaded.scenes.test_clips, out)
    basis = planning.STORED
    if like is not None:
        basis = planning.measured_before(like, planning.cores_of(loaded))
    elif measure:
        with show_progress("measure", common) as progress:
            progress(0, 1, "rendering a few small frames of three clips")
            basis = planning.measured_now(loaded)
            progress(1, 1, "")
    on_gpu = loaded.render.device != "cpu"
    found = planning.record(loaded, basis, num_shards * (workers if on_gpu else 1), num_shards * workers)
    core_seconds = found["cost"]["core_seconds"]
    if price is not None:
        if core_seconds is None:
            raise InputError(f"--price: {like} was made before processor time was kept; measure with --measure")
        found["price"] = {"core_hour": price, "total": core_seconds / 3600 * price}
    if json:
        print(as_json(found))
        return
    _print_plan(found, workers, on_gpu)


def _print_plan(found: dict, workers: int, on_gpu: bool) -> None:
    from keyfill.item_cost import cores_here
    from keyfill.progress import clock, counted, size

    columns = ("split", "clips", "people", "rooms", "pairs", "frames", "shards")
    lines = [list(columns), *([str(split[name]) for name in columns] for split in found["splits"])]
    sums = {name: sum(split[name] for split in found["splits"]) for name in columns[1:]}
    lines.append(["all", *(str(sums[name]) for name in columns[1:])])
    print_table(lines, "plan")
    cost, basis = found["cost"], found["basis"]
    per_frame = cost["seconds"] / cost["frames"]
    if cost["core_seconds"] is None:
        print("work:    unknown in core-hours: processor time was not measured")
    else:
        core_hours, each = cost["core_seconds"] / 3600, cost["core_seconds"] / cost["frames"]
        print(f"work:    {core_hours:,.{0 if core_hours >= 10 else 2}f} core-hours, {each:.3g} core-seconds per frame")
    if "price" in found:
        print(f"price:   {found['price']['total']:,.2f} at {found['price']['core_hour']:g} a core-hour")
    print(f"disk:    {size(cost['bytes'])} of clean shards, and {size(cost['work_bytes'])} of room to work in")
    if found["layers"]["bytes"]:
        print(f"layers:  {size(found['layers']['bytes'])} of kept light layers, roughly")
    if rooms := found["rooms"]["to_make"]:
        time, disk = clock(found["rooms"]["seconds"]), size(found["rooms"]["bytes"])
        print(f"rooms:   {counted(rooms, 'room')} to make (keyfill rooms), about {time} here, {disk}; stored figures")
    print(f"time:    {clock(cost['seconds'])} on one machine, {per_frame:.3g} s per frame, start-up included")
    if found["machines"] == 1 and cost["clips"] > 1:
        many = min(64, cost["clips"])
        print(f"         {clock(cost['seconds'] / many)} on {many} of its kind (--num-shards)")
    if found["machines"] > 1:
        print(
            f"         {clock(cost['wall_s'])} on {found['machines']} {'GPUs' if on_gpu else 'machines'} side by side"
        )
    if workers > 1 and not on_gpu:
        print(f"         {workers} workers share a machine's cores: they hide each other's start-up and little more")
    pairs, cores = found["pairs"], cores_here()
    hours = pairs["core_seconds"] / 3600
    print(
        f"pairs:   {size(pairs['bytes'])} more for degraded ones, and {hours:,.{0 if hours >= 10 else 2}f} core-hours, "
        f"{clock(pairs['core_seconds'] / cores)} with --workers {cores}; stored figures, rough"
    )
    if basis["peak_bytes"]:
        more = found["memory"]["more"]
        sharing = f", and up to {size(more)} more for frames that share their samples" if more else ""
        print(
            f"memory:  {size(basis['peak_bytes'])} a worker, as measured at {basis['width']}x{basis['height']}{sharing}"
        )
    print(f"basis:   {basis['words']}")
    if on_gpu and basis["words"].startswith("STORED"):
        print("         a CPU's: a GPU's time is not in them")
    if found["warning"]:
        print(f"warning: {found['warning']}")
    if found["remark"]:
        print(f"remark:  {found['remark']}")


@app.command(group=look_group)
def verify(
    folder: Shards,
    /,
    *,
    workers: Annotated[int, Parameter(help="worker processes, one shard each")] = 1,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Check every byte against the manifest, decode every frame, hold every pair to the rules; exit 1 on any fault.

    For example: `keyfill verify out/quick --workers 2`
    """
    from keyfill.progress import counted
    from pairs.verify import verify as check

    if workers < 1:
        raise InputError(f"--workers {workers}: expected at least 1")
    problems, shards, advice = [], 0, []
    for part in data_sets(folder):
        with show_progress(f"verify {part.name}" if part != folder else "verify", common) as progress:
            label = f"{part.name}/" if part != folder else ""
            found = check(part, workers, progress)
            problems += [{"place": f"{label}{p.place}", "what": p.what} for p in found]
            shards += len(list(part.glob("*.tar")))
            if found:
                advice.append(_mending(part))
    if json:
        print(as_json({"ok": not problems, "problems": problems}))
    else:
        for problem in problems:
            print(f"{problem['place']}: {problem['what']}")
    if problems:
        raise WorkError(f"{folder}: {counted(len(problems), 'fault')}; {'; '.join(advice)}")
    if not json:
        print(f"{folder}: {counted(shards, 'shard')}, nothing wrong")


def _mending(part: Path) -> str:
    """How a damaged data set is mended at the least cost."""
    from pairs.manifest import load_header

    if load_header(part)[0] == "clean":
        return f"keyfill render CONFIG --out {part} --recheck renders the damaged clips again, and no other"
    return f"remove the shards named, and the command that wrote {part} makes them again, and no other"


@app.command(group=look_group)
def status(
    folder: Shards,
    /,
    *,
    watch: Annotated[bool, Parameter(help="go on until all is done, or Ctrl-C", negative=())] = False,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Show what is done, running, failed and quarantined, the rate and the time left; works while others write.

    For example:

    - `keyfill status out/quick`
    - `keyfill status data/clean --watch`
    """
    from keyfill import farm_status

    parts = data_sets(folder)
    if not json:
        if watch:
            farm_status.watch(parts)
        else:
            print("\n".join(line for part in parts for line in farm_status.status_lines(part)))
        return
    while True:
        found = farm_status.records(parts)
        print(as_json(found), flush=True)
        if not watch or farm_status.is_finished(found):
            return
        farm_status.pause()


@app.command(group=data_group)
def convert(
    folder: Folder,
    /,
    *,
    to: Annotated[Literal["challenge", "frames", "hf", "exr", "olat"], Parameter(help="the layout to write")],
    out: Out,
    picture: Annotated[Literal["png", "jpg"], Parameter(help="image format of --to frames; PNG is lossless")] = "png",
    quality: Annotated[int, Parameter(help="of JPEG pictures, 1 to 100")] = 95,
    select: Annotated[
        int | None, Parameter(help="real clips, --to challenge: AutoAdjust's result as target of up to so many")
    ] = None,
    votes: Annotated[Path | None, Parameter(help="with --select: the votes that say of which, as for rank")] = None,
    workers: Annotated[int, Parameter(help="worker processes")] = 1,
    keeping: Keeping = KEEPING,
    common: Common = COMMON,
) -> None:
    """Write shards in another layout: the challenge's folders and CSV, frames as pictures, the hub's video folder,
    frames in linear light (exr), kept layers as one picture a light (olat).

    For example:

    - `keyfill convert out/quick/pairs --to challenge --out out/challenge`
    - `keyfill convert out/quick/clean --to frames --out out/frames --picture jpg`
    - `keyfill convert data/clean --to olat --out out/olat`
    """
    if not 1 <= quality <= 100:
        raise InputError(f"--quality {quality}: expected 1 to 100")
    if workers < 1:
        raise InputError(f"--workers {workers}: expected at least 1")
    parts = data_sets(folder)
    if len(parts) > 1:
        raise InputError(f"{folder}: holds {' and '.join(part.name for part in parts)}; give one, e.g. {parts[-1]}")

    from keyfill.item_cost import CONVERT, sample_seconds
    from keyfill.progress import counted
    from pairs.convert import Layout, intended_samples
    from pairs.convert import convert as write
    from pairs.exr_layouts import ExrLayout, OlatLayout
    from pairs.layers import FOLDER
    from pairs.layouts import ChallengeLayout, FramesLayout, HubLayout
    from pairs.manifest import load_header
    from pairs.real import REAL

    layouts: dict[str, Layout] = {
        "challenge": ChallengeLayout(quality),
        "frames": FramesLayout(picture, quality),
        "hf": HubLayout(),
        "exr": ExrLayout(),
        "olat": OlatLayout(str((parts[0] / FOLDER).resolve())),
    }
    if select is not None or load_header(parts[0])[0] == REAL:
        layouts["challenge"] = _real_challenge(parts[0], to, quality, select, votes)
    if keeping.dry_run:
        intent = intended_samples(parts[0], out, layouts[to])
        keeping.tell(intent, *sample_seconds(CONVERT[to], parts[0], intent.to_make, workers))
        return
    with show_progress("convert", common) as progress:
        done = write(parts[0], out, layouts[to], workers, progress, keeping)
    gone = f", {done.removed} removed" if done.removed else ""
    print(f"{out}: {counted(done.written, 'sample')} written, {done.unchanged} unchanged{gone}")


def _real_challenge(folder: Path, to: str, quality: int, select: int | None, votes: Path | None) -> RealChallengeLayout:
    from ingest.challenge import RealChallengeLayout, selected_by
    from pairs.dataset import Dataset
    from pairs.real import REAL
    from score.preference.votes import read_votes

    if select is None and votes is None:
        return RealChallengeLayout(quality)
    if select is None or votes is None or select < 1:
        raise InputError("--select and --votes go together, e.g. --select 300 --votes votes.csv")
    data = Dataset(folder, REAL)
    if to != "challenge":
        raise InputError(f"--select: goes with --to challenge, not with --to {to}")
    chosen = selected_by(read_votes(votes), data.keys(), select)
    print(f"votes speak strongly for {len(chosen)} of {len(data.keys())} clips (asked for up to {select})")
    return RealChallengeLayout(quality, chosen)


def data_sets(folder: Path) -> list[Path]:
    """The folder itself when it holds shards, otherwise the clean and pair shards of the run in it."""
    if (folder / "manifest.json").exists():
        return [folder]
    return [folder / name for name in ("clean", "pairs") if (folder / name / "manifest.json").exists()] or [folder]
