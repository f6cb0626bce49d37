"""Commands that train, measure, export and apply a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from keyfill.app import COMMON, Common, Json, Out, Pairs, Run, app, as_json, model_group, print_table, show_progress


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

    with show_progress("train", common) as report:
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

    with show_progress("evaluate", common) as report:
        result = evaluation.evaluate(trained, source, split, report, against)
    if json:
        print(as_json(result))
    else:
        print_table(evaluation.table(result), f"{split} split of {source}")


@app.command(group=model_group)
def export(trained: Run, /, *, out: Out, common: Common = COMMON) -> None:
    """Export a trained model to Core ML and check that the stored graph computes what the model does.

    For example: `keyfill export out/quick/train --out out/quick/model.mlpackage`
    """
    from train_baseline.export import export as export_run

    print(as_json(export_run(trained, out)))
