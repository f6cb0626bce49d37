"""The command that degrades clean shards, and those that show and measure what a degradation config does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter, validators

from core.errors import InputError, WorkError
from core.results import kept_results
from keyfill.app import (
    COMMON,
    CONFIGURED,
    KEEPING,
    Common,
    Configured,
    Keeping,
    Out,
    Replace,
    app,
    data_group,
    look_group,
    print_table,
    show_progress,
)

if TYPE_CHECKING:
    from core.intent import Intent
    from core.progress import Progress
    from degrade.config import DegradeConfig
    from degrade.run import DegradeResult


INSPECT = """See and measure what a degradation config does.

For example: `keyfill inspect preview me.jpg configs/degrade/webcam.yaml --out out/grid`
"""
inspect = App(name="inspect", help=INSPECT, group=look_group)
app.command(inspect)

DegradeYaml = Annotated[Path, Parameter(name="CONFIG", help="a degradation config, or the config of a whole run")]
Seed = Annotated[int | None, Parameter(help="the draw's seed; by default the config's, or 0")]
Count = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1000))]
Tolerances = Annotated[Path | None, Parameter(help="YAML of 'figure: [low, high]'; exit 1 when outside")]
VARIANTS, CHARTS = 8, 40


@inspect.command
def preview(
    picture: Annotated[Path, Parameter(name="IN", help="a picture or a video")],
    config: DegradeYaml,
    /,
    *,
    out: Out,
    count: Annotated[Count, Parameter(help="variants")] = VARIANTS,
    seed: Seed = None,
    replace: Replace = False,
    common: Configured = CONFIGURED,
) -> None:
    """Draw a grid of what a degradation config does to your own picture or video, of which it takes 48 frames.

    Whole videos: `keyfill degrade`.

    For example: `keyfill inspect preview me.jpg configs/degrade/webcam.yaml --out out/grid --set severity=0.5`
    """
    from degrade.config import DegradeConfig
    from degrade.report.grid import GRID, write_grid
    from keyfill.run_config import load_part, require_writable, say_if_idle

    chosen, drawn = load_part(config, "degrade", DegradeConfig, common.set)
    say_if_idle(chosen, config)
    require_writable(out)
    with show_progress("preview", common) as progress, kept_results(out, replace) as aside:
        notes = write_grid(chosen, picture, aside, count, drawn if seed is None else seed, progress)
    for note in notes:
        print(f"keyfill: {note}", file=sys.stderr)
    print((out / GRID).resolve())


@inspect.command
def report(
    config: DegradeYaml,
    /,
    *,
    out: Out,
    count: Annotated[Count, Parameter(help="drawn clips")] = CHARTS,
    seed: Seed = None,
    replace: Replace = False,
    tolerances: Tolerances = None,
    common: Configured = CONFIGURED,
) -> None:
    """Measure on test charts what a degradation config really does: noise, sharpness, coding, displacement.

    For example: `keyfill inspect report configs/degrade/webcam.yaml --out out/report --tolerances limits.yaml`
    """
    from degrade.config import DegradeConfig
    from degrade.report.report import REPORT, measure_charts, write_report
    from keyfill.run_config import load_part, require_writable, say_if_idle

    chosen, drawn = load_part(config, "degrade", DegradeConfig, common.set)
    say_if_idle(chosen, config)
    wanted = None if tolerances is None else _tolerances(tolerances)
    require_writable(out)
    with show_progress("report", common) as progress:
        found = measure_charts(chosen, count, drawn if seed is None else seed, wanted, progress)
    print_table([["figure", "value"], *([name, f"{value:.4g}"] for name, value in found.figures.items())], "")
    with kept_results(out, replace) as aside:
        write_report(found, aside)
    print((out / REPORT).resolve())
    if found.outside:
        raise WorkError("; ".join(found.outside.values()))


@inspect.command(name="import")
def import_(
    options: Annotated[Path, Parameter(name="OPTIONS", help="an option file of Real-ESRGAN's training")],
    /,
    *,
    out: Annotated[Path, Parameter(help="the config to write, e.g. mine.yaml")],
    replace: Replace = False,
    common: Common = COMMON,
) -> None:
    """Make a degradation config of the options that Real-ESRGAN trains with; the names are in docs/degrade.md.

    For example: `keyfill inspect import train_realesrgan_x4plus.yml --out mine.yaml`
    """
    from core.files import write_text
    from degrade.foreign import import_options
    from keyfill.run_config import require_writable

    found = import_options(options)
    require_writable(out.absolute().parent)
    with kept_results(out, replace) as aside:
        write_text(aside, found.text)
    for note in found.notes:
        print(f"keyfill: {options}: {note}", file=sys.stderr)
    print(f"{out}: a degradation config; see what it does: keyfill inspect preview IN {out} --out OUT")


@app.command(group=data_group)
def degrade(
    source: Annotated[
        Path | None, Parameter(name="IN", help="clean shards; or a video, a picture, or a folder of them")
    ] = None,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="the folder to write, or OUT.mp4 for a video of your own")] = None,
    config: Annotated[Path | None, Parameter(help="a degradation config, or the config of a whole run")] = None,
    replay: Annotated[Path | None, Parameter(help="pair shards whose recorded parameters are used again")] = None,
    seed: Seed = None,
    workers: Annotated[int, Parameter(help="processes")] = 1,
    preview_config: Annotated[Path | None, Parameter(name="--preview", show=False)] = None,
    report_config: Annotated[Path | None, Parameter(name="--report", show=False)] = None,
    schema: Annotated[bool, Parameter(help="print the JSON Schema of a degradation config", negative=())] = False,
    tolerances: Annotated[Path | None, Parameter(show=False)] = None,
    count: Annotated[int | None, Parameter(show=False)] = None,
    keeping: Keeping = KEEPING,
    common: Configured = CONFIGURED,
) -> None:
    """Degrade the source of clean shards, or footage of your own, as optics, a sensor, a webcam and a call do.

    For example:

    - `keyfill degrade data/clean --config configs/degrade/webcam.yaml --out data/pairs --workers 4`
    - `keyfill degrade me.mp4 --config configs/degrade/webcam.yaml --out me-bad.mp4`
    - `keyfill degrade pictures --config configs/degrade/realesrgan.yaml --out bad-pictures`
    - `keyfill degrade data/clean --replay data/pairs --out data/again`
    - `keyfill degrade --schema > degrade.schema.json`

    What a config does: `keyfill inspect preview`, `keyfill inspect report`.
    """
    from core.footage import PICTURES, VIDEOS
    from degrade.config import DegradeConfig
    from keyfill.run_config import load_part, say_if_idle

    if schema:
        print(json.dumps(DegradeConfig.model_json_schema(), indent=1, sort_keys=True))
        return
    modes = {"--config": config, "--replay": replay, "--preview": preview_config, "--report": report_config}
    asked = [name for name, value in modes.items() if value is not None]
    if len(asked) != 1:
        what = f"got {' and '.join(asked)}" if asked else "got neither"
        raise InputError(f"give one of --config and --replay (or --schema); {what}")
    idle = {
        "IN": source is not None and report_config is not None,
        "--set": bool(common.set) and replay is not None,
        "--seed": seed is not None and replay is not None,
        "--count": count is not None and preview_config is None and report_config is None,
        "--workers": workers != 1 and (preview_config or report_config) is not None,
        "--tolerances": tolerances is not None and report_config is None,
    }
    own = source is not None and config is not None and _is_own(source)
    if own:
        idle["--workers"] = workers != 1
    for name, given in idle.items():
        if given:
            raise InputError(f"{name}: has no effect with {'footage of your own' if own else asked[0]}; drop it")
    if out is None:
        raise InputError("--out: give the folder to write, e.g. --out out/pairs")
    if source is None and report_config is None:
        raise InputError("IN: give clean shards, e.g. data/clean")
    if count is not None and not 1 <= count <= 1000:
        raise InputError(f"--count {count}: expected 1 to 1000")
    if preview_config is not None and source is not None:
        print("keyfill: degrade --preview is now: keyfill inspect preview IN CONFIG --out OUT", file=sys.stderr)
        preview(
            source, preview_config, out=out, count=count or VARIANTS, seed=seed, replace=keeping.replace, common=common
        )
    elif report_config is not None:
        print("keyfill: degrade --report is now: keyfill inspect report CONFIG --out OUT", file=sys.stderr)
        report(
            report_config,
            out=out,
            count=count or CHARTS,
            seed=seed,
            replace=keeping.replace,
            tolerances=tolerances,
            common=common,
        )
    elif replay is not None and source is not None:
        from degrade.run import intended_replay, replay_folder

        if keeping.dry_run:
            _tell_pairs(intended_replay(source, replay, out), source, workers, keeping)
            return
        work = lambda progress: replay_folder(source, replay, out, workers, progress, keeping)
        _write_pairs("replay", out, common, work)
    elif config is not None and source is not None:
        from degrade.run import degrade_folder, intended_pairs

        chosen, drawn = load_part(config, "degrade", DegradeConfig, common.set)
        say_if_idle(chosen, config)
        drawn = drawn if seed is None else seed
        if not own and source.is_dir() and not _holds_shards(source):
            raise InputError(
                f"{source}: nothing to degrade: neither shards of keyfill render, degrade or ingest, nor videos "
                f"({', '.join(VIDEOS)}) or pictures ({', '.join(PICTURES)}), here or in folders below"
            )
        if own:
            return _write_own(source, chosen, drawn, out, keeping, common)
        if keeping.dry_run:
            _tell_pairs(intended_pairs(source, chosen, drawn, out), source, workers, keeping)
            return
        work = lambda progress: degrade_folder(source, chosen, drawn, out, workers, progress, keeping)
        _write_pairs("degrade", out, common, work)


def _tell_pairs(intent: Intent, clean: Path, workers: int, keeping: Keeping) -> None:
    from keyfill.item_cost import DEGRADE, sample_seconds

    keeping.tell(intent, *sample_seconds(DEGRADE, clean, intent.to_make, workers))


def _holds_shards(folder: Path) -> bool:
    from pairs.manifest import HEADER

    return (folder / HEADER).exists() or any(folder.glob(f"*/{HEADER}"))


def _is_own(source: Path) -> bool:
    from pairs.manifest import HEADER

    if (source / HEADER).exists():
        return False
    from degrade.own import is_own

    return is_own(source)


def _write_own(source: Path, config: DegradeConfig, seed: int, out: Path, keeping: Keeping, common: Common) -> None:
    from degrade.own import degrade_own, intended_own
    from keyfill.progress import counted
    from keyfill.run_config import require_writable

    require_writable(out.absolute().parent)
    if keeping.dry_run:
        return keeping.tell(intended_own(source, config, seed, out))
    with show_progress("degrade", common) as progress:
        done = degrade_own(source, config, seed, out, keeping, progress)
    for note in done.notes:
        print(f"keyfill: {note}", file=sys.stderr)
    written = f"{counted(done.frames, 'frame')}, {counted(done.written, 'file')} written"
    print(f"{out}: {written} and {done.unchanged} unchanged")


def _write_pairs(title: str, out: Path, common: Common, work: Callable[[Progress], DegradeResult]) -> None:
    from keyfill.progress import counted
    from keyfill.run_config import require_writable

    require_writable(out)
    with show_progress(title, common) as progress:
        done = work(progress)
    written = f"{counted(done.samples, 'sample')}, {counted(done.written, 'shard')} written"
    print(f"{written} and {done.unchanged} unchanged under {out}")
    if done.recorded_on:
        then = ", ".join(f"{name} {version}" for name, version in done.recorded_on.items())
        print(f"recorded on other versions ({then}): the bytes may differ")


def _tolerances(path: Path) -> dict[str, tuple[float, float]]:
    from core.config import parse

    data, _ = parse(path)
    if not isinstance(data, dict):
        raise InputError(f"{path}: expected lines of 'figure: [low, high]'")
    for name, span in data.items():
        numbers = isinstance(span, list) and len(span) == 2 and all(isinstance(v, (int, float)) for v in span)
        if not numbers or span[0] > span[1]:
            raise InputError(f"{path}: {name}: expected [low, high] with low <= high, got {span!r}")
    return {name: (float(low), float(high)) for name, (low, high) in data.items()}
