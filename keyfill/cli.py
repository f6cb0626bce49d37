"""The command line: thin commands over the stages; every failure is one line and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, CycloptsError, Group, Parameter

from pairs.errors import InputError, KeyfillError, WorkError

if TYPE_CHECKING:
    from keyfill.progress import Report
    from keyfill.stages import Where

HELP = """keyfill makes paired video for teaching a model to light people in video calls.

- The main job: `keyfill run configs/quick.yaml --out out/quick`
- Step by step: render, degrade, train, evaluate, export; each is a command of its own and safe to run again.
- Exit codes: 0 done, 1 the work failed, 2 the input is wrong.
"""

app = App(name="keyfill", help=HELP, help_format="markdown", version_flags=["--version"], result_action="return_value")
data_group, model_group, look_group = (
    Group.create_ordered("Make pairs"),
    Group.create_ordered("Train and use a model"),
    Group.create_ordered("Look and check"),
)

Config = Annotated[Path, Parameter(help="a YAML config, e.g. configs/quick.yaml")]
Folder = Annotated[Path, Parameter(help="the folder of a run, or of clean or pair shards")]
Pairs = Annotated[Path, Parameter(name="IN", help="a folder of pair shards")]
Json = Annotated[bool, Parameter(help="print a JSON record instead of a table", negative=())]
Out = Annotated[Path, Parameter(help="the folder or file to write")]
Run = Annotated[Path, Parameter(name="RUN", help="the folder of a trained model")]


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options that every command takes."""

    set: Annotated[
        tuple[str, ...],
        Parameter(help="override a config key: --set render.samples=16 (repeat as needed)", negative=()),
    ] = ()
    quiet: Annotated[bool, Parameter(help="no progress", negative=())] = False
    debug: Annotated[bool, Parameter(help="show the traceback of a failure", negative=())] = False


@Parameter(name="*")
@dataclass(frozen=True)
class Workers:
    """Where clips are rendered."""

    workers: Annotated[int, Parameter(help="processes on this machine, one clip each")] = 1
    ray: Annotated[str | None, Parameter(help="render on a Ray cluster: an address, or 'local' to start one here")] = (
        None
    )
    shard_index: Annotated[int | None, Parameter(help="for array jobs: which slice of the shards, from 0")] = None
    num_shards: Annotated[int | None, Parameter(help="for array jobs: how many slices")] = None


COMMON, WORKERS = Common(), Workers()


@app.command(group=data_group)
def run(config: Config, /, *, out: Out, where: Workers = WORKERS, common: Common = COMMON) -> None:
    """Render, degrade, train, evaluate, export and preview: the main job.

    Safe to run again: what is done and unchanged is not done again.

    For example: `keyfill run configs/quick.yaml --out out/quick`
    """
    from keyfill.config import load_run, require_writable

    loaded = load_run(config, common.set)
    spread = _spread(where)

    from keyfill.run import run_all
    from keyfill.stages import planned_clips

    planned_clips(loaded)
    require_writable(out)
    run_all(loaded, out, spread, common.quiet)


@app.command(group=data_group)
def render(
    config: Config,
    /,
    *,
    out: Out,
    where: Workers = WORKERS,
    dry_run: Annotated[bool, Parameter(help="list the clips this would make, and make nothing", negative=())] = False,
    common: Common = COMMON,
) -> None:
    """Render clean shards: every clip in its own process, resumed where it stopped.

    For example:

    - `keyfill render configs/conference.yaml --out data/clean --workers 4`
    - `keyfill render configs/conference.yaml --out data/clean --shard-index 3 --num-shards 64`
    """
    from keyfill.config import load_run, require_writable
    from keyfill.stages import planned_clips, render_stage

    loaded = load_run(config, common.set)
    clips = planned_clips(loaded)
    if dry_run:
        for clip in clips:
            print(f"{clip.key} {clip.split} {clip.identity[:16]}")
        return
    require_writable(out)
    with _reporting("render", common) as report:
        done = render_stage(loaded, out, _spread(where), report)
    print(f"{done.clips} clips in {len(done.shards)} shards under {out}: {done.made} rendered now, {done.kept} kept")
    if done.quarantined:
        key, reason = next(iter(done.quarantined.items()))
        raise WorkError(f"{len(done.quarantined)} clips quarantined in {out / 'quarantine'}; {key}: {reason}")


@app.command(group=model_group)
def train(source: Pairs, /, *, config: Path, out: Out, common: Common = COMMON) -> None:
    """Train the LUT model on the train split of pair shards; a killed run goes on where it was.

    For example: `keyfill train out/quick/pairs --config configs/quick.yaml --out out/quick/train`
    """
    from keyfill.config import load_part, require_writable
    from train_baseline.config import TrainConfig

    part, seed = load_part(config, "train", TrainConfig, common.set)
    require_writable(out)

    from train_baseline import train as training

    with _reporting("train", common) as report:
        facts = training.train(source, part, out, progress=report, seed=seed)
    print(f"trained {facts['steps']} steps in {facts['seconds']:.0f} s; checkpoint in {out}")


@app.command(group=model_group)
def evaluate(
    trained: Run,
    source: Pairs,
    /,
    *,
    split: str = "test",
    against: Annotated[tuple[Path, ...], Parameter(help="another run to measure beside it", negative=())] = (),
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Measure a trained model on pair shards: a table, and JSON in the run's folder.

    For example: `keyfill evaluate out/quick/train out/quick/pairs`
    """
    from train_baseline import evaluate as evaluation

    with _reporting("evaluate", common) as report:
        result = evaluation.evaluate(trained, source, split, report, against)
    if json:
        print(_json(result))
    else:
        _print_table(evaluation.table(result), f"{split} split of {source}")


@app.command(group=model_group)
def export(trained: Run, /, *, out: Out, common: Common = COMMON) -> None:
    """Export a trained model to Core ML and check that the stored graph computes what the model does.

    For example: `keyfill export out/quick/train --out out/quick/model.mlpackage`
    """
    from train_baseline.export import export as export_run

    print(_json(export_run(trained, out)))


@app.command(group=look_group)
def preview(
    folder: Folder,
    /,
    *,
    out: Out,
    limit: Annotated[int | None, Parameter(help="show only the first so many pairs")] = None,
    common: Common = COMMON,
) -> None:
    """Write a static page: every pair moving side by side, what was drawn, the light on the face.

    For example: `keyfill preview out/quick --out out/quick/preview`
    """
    from keyfill.preview import write_preview

    with _reporting("preview", common) as report:
        page = write_preview(folder, out, report, limit)
    print(page.resolve())


@app.command(group=look_group)
def doctor(
    *, out: Annotated[Path, Parameter(help="the folder whose disk is looked at")] = Path("out"), common: Common = COMMON
) -> None:
    """Check libraries, renderer, devices, encoders, memory and disk; exit 1 if the main job cannot run."""
    from keyfill.doctor import examine

    findings = examine(out)
    for finding in findings:
        mark = "ok     " if finding.ok else "MISSING" if finding.needed else "-      "
        print(f"{mark} {finding.what:<24} {finding.detail}")
        if not finding.ok:
            print(f"        {'':<24} {finding.fix}")
    broken = [finding.what for finding in findings if finding.needed and not finding.ok]
    if broken:
        raise WorkError(f"the main job cannot run: {', '.join(broken)}")


def _spread(where: Workers) -> Where:
    from keyfill.stages import Where as Spread

    if (where.shard_index is None) != (where.num_shards is None):
        raise InputError("--shard-index and --num-shards go together, e.g. --shard-index 3 --num-shards 64")
    if where.workers < 1:
        raise InputError(f"--workers {where.workers}: expected at least 1")
    return Spread(where.workers, where.ray, where.shard_index, where.num_shards)


def _reporting(title: str, common: Common) -> AbstractContextManager[Report]:
    from keyfill.progress import reporting

    return reporting(title, common.quiet)


def _print_table(lines: list[list[str]], title: str) -> None:
    from rich.console import Console

    from keyfill.run import as_table

    Console().print(as_table(lines, title))


def _json(record: Any) -> str:
    import json

    return json.dumps(record, indent=1, sort_keys=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    try:
        app(arguments, exit_on_error=False, print_error=False)
        return 0
    except KeyfillError as error:
        code, message = error.exit_code, str(error)
    except CycloptsError as error:
        code, message = 2, " ".join(str(error).split())
    except KeyboardInterrupt:
        code, message = 130, "stopped; run the same command again to go on where it stopped"
    except OSError as error:
        code, message = 1, f"{error.filename or 'file'}: {error.strerror or error}"
    except Exception as error:
        code, message = 1, f"unexpected {type(error).__name__}: {error}; run again with --debug for the traceback"
    if debug:
        traceback.print_exc()
    print(f"keyfill: {message}", file=sys.stderr)
    return code
