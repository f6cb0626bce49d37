"""The command that degrades clean shards, and what shows and measures a degradation config."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from keyfill.app import COMMON, Common, Out, app, data_group, show_progress
from pairs.errors import InputError


@app.command(group=data_group)
def degrade(
    source: Annotated[Path, Parameter(name="IN", help="a folder of clean shards")],
    /,
    *,
    out: Out,
    config: Annotated[Path | None, Parameter(help="a degradation config, or the config of a whole run")] = None,
    replay: Annotated[Path | None, Parameter(help="pair shards whose recorded parameters are used again")] = None,
    seed: Annotated[int | None, Parameter(help="the draw's seed; by default the config's, or 0")] = None,
    workers: Annotated[int, Parameter(help="processes")] = 1,
    common: Common = COMMON,
) -> None:
    """Degrade the source of clean shards as optics, a sensor, a webcam and a call do: pair shards.

    For example: `keyfill degrade data/clean --config configs/degrade/webcam.yaml --out data/pairs`
    """
    from degrade.config import DegradeConfig
    from keyfill.config import load_part, require_writable

    if (config is None) == (replay is None):
        raise InputError("give either --config FILE (draw anew) or --replay PAIRS (recorded parameters)")
    if config is not None:
        part, drawn = load_part(config, "degrade", DegradeConfig, common.set)

    from degrade.run import degrade_folder, replay_folder

    require_writable(out)
    with show_progress("degrade", common) as report:
        if replay is not None:
            done = replay_folder(source, replay, out, workers, report)
        else:
            done = degrade_folder(source, part, drawn if seed is None else seed, out, workers, report)
    print(f"{done.samples} samples degraded, {done.written} shards written and {done.unchanged} unchanged under {out}")
