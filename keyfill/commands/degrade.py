"""The command that degrades clean shards, and what shows and measures a degradation config."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from core.errors import InputError, WorkError
from keyfill.app import CONFIGURED, Common, Configured, app, data_group, print_table, show_progress

if TYPE_CHECKING:
    from degrade.config import DegradeConfig
    from degrade.run import DegradeResult
    from keyfill.progress import Report


@app.command(group=data_group)
def degrade(
    source: Annotated[
        Path | None, Parameter(name="IN", help="clean shards; for --preview a picture or a video")
    ] = None,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="the folder to write")] = None,
    config: Annotated[Path | None, Parameter(help="a degradation config, or the config of a whole run")] = None,
    replay: Annotated[Path | None, Parameter(help="pair shards whose recorded parameters are used again")] = None,
    preview: Annotated[Path | None, Parameter(help="draw a grid of what this config does to IN")] = None,
    report: Annotated[Path | None, Parameter(help="measure on test charts what this config really does")] = None,
    schema: Annotated[bool, Parameter(help="print the JSON Schema of a degradation config", negative=())] = False,
    tolerances: Annotated[
        Path | None, Parameter(help="with --report: YAML of 'figure: [low, high]'; exit 1 when outside")
    ] = None,
    count: Annotated[int | None, Parameter(help="variants of --preview (8), charts of --report (40)")] = None,
    seed: Annotated[int | None, Parameter(help="the draw's seed; by default the config's, or 0")] = None,
    workers: Annotated[int, Parameter(help="processes")] = 1,
    common: Configured = CONFIGURED,
) -> None:
    """Degrade the source of clean shards as optics, a sensor, a webcam and a call do; or look at what a config does.

    For example:

    - `keyfill degrade data/clean --config configs/degrade/webcam.yaml --out data/pairs --workers 4`
    - `keyfill degrade data/clean --replay data/pairs --out data/again`
    - `keyfill degrade me.jpg --preview configs/degrade/webcam.yaml --out out/grid --set severity=0.5`
    - `keyfill degrade --report configs/degrade/webcam.yaml --out out/report`
    - `keyfill degrade --schema > degrade.schema.json`
    """
    from degrade.config import DegradeConfig
    from keyfill.run_config import load_part

    if schema:
        print(json.dumps(DegradeConfig.model_json_schema(), indent=1, sort_keys=True))
        return
    asked = [name for name, value in _asked(config, replay, preview, report) if value is not None]
    if len(asked) != 1:
        what = f"got {' and '.join(asked)}" if asked else "got none of them"
        raise InputError(f"give one of --config, --replay, --preview, --report (or --schema); {what}")
    idle = {
        "IN": source is not None and report is not None,
        "--set": bool(common.set) and replay is not None,
        "--seed": seed is not None and replay is not None,
        "--count": count is not None and preview is None and report is None,
        "--workers": workers != 1 and (preview or report) is not None,
        "--tolerances": tolerances is not None and report is None,
    }
    for name, given in idle.items():
        if given:
            raise InputError(f"{name}: has no effect with {asked[0]}; drop it")
    if out is None:
        raise InputError("--out: give the folder to write, e.g. --out out/pairs")
    if source is None and report is None:
        raise InputError("IN: give clean shards (or, for --preview, a picture or a video)")
    if count is not None and not 1 <= count <= 1000:
        raise InputError(f"--count {count}: expected 1 to 1000")
    if replay is not None:
        from degrade.run import replay_folder

        _write_pairs("replay", out, common, lambda told: replay_folder(source, replay, out, workers, told))
        return
    chosen, drawn = load_part(config or preview or report, "degrade", DegradeConfig, common.set)
    drawn = drawn if seed is None else seed
    if preview is not None:
        _preview(chosen, source, out, count or 8, drawn, common)
    elif report is not None:
        _report(chosen, out, count or 40, drawn, tolerances, common)
    else:
        from degrade.run import degrade_folder

        _write_pairs("degrade", out, common, lambda told: degrade_folder(source, chosen, drawn, out, workers, told))


def _asked(config, replay, preview, report) -> list[tuple[str, Path | None]]:
    return [("--config", config), ("--replay", replay), ("--preview", preview), ("--report", report)]


def _write_pairs(title: str, out: Path, common: Common, work: Callable[[Report], DegradeResult]) -> None:
    from keyfill.progress import counted
    from keyfill.run_config import require_writable

    require_writable(out)
    with show_progress(title, common) as told:
        done = work(told)
    written = f"{counted(done.samples, 'sample')}, {counted(done.written, 'shard')} written"
    print(f"{written} and {done.unchanged} unchanged under {out}")
    if done.recorded_on:
        then = ", ".join(f"{name} {version}" for name, version in done.recorded_on.items())
        print(f"recorded on other versions ({then}): the bytes may differ")


def _preview(config: DegradeConfig, source: Path, out: Path, count: int, seed: int, common: Common) -> None:
    from degrade.grid import write_grid
    from keyfill.run_config import require_writable

    require_writable(out)
    with show_progress("preview", common) as told:
        print(write_grid(config, source, out, count, seed, told).resolve())


def _report(config: DegradeConfig, out: Path, count: int, seed: int, tolerances: Path | None, common: Common) -> None:
    from degrade.report import measure, write_report
    from keyfill.run_config import require_writable

    wanted = None if tolerances is None else _tolerances(tolerances)
    require_writable(out)
    with show_progress("report", common) as told:
        found = measure(config, count, seed, wanted, told)
    picture = write_report(found, out)
    print_table([["figure", "value"], *([name, f"{value:.4g}"] for name, value in found.figures.items())], "")
    print(picture.resolve())
    if found.outside:
        raise WorkError("; ".join(found.outside.values()))


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
