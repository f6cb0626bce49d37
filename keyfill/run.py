"""`keyfill run`: the main job, stage after stage, and what to print at its end."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from core.files import write_json
from core.identity import digest, file_digest
from farm.placement import Placement
from keyfill.clips import SceneClip, check_failures, render_stage
from keyfill.preview import write_preview
from keyfill.progress import clock, counted, reporting
from keyfill.run_config import RunConfig
from pairs.manifest import HEADER, ROWS

DONE = "done.json"


def run_all(config: RunConfig, clips: Sequence[SceneClip], out: Path, placement: Placement, quiet: bool) -> None:
    """Render the plan's `clips`, degrade, train, evaluate, export and preview into `out`; prints where everything is,
    and the table."""
    began = time.monotonic()
    clean, pairs, model = out / "clean", out / "pairs", out / "train"
    done = Finished(out / DONE)

    rendered = render_stage(config, clips, clean, placement, quiet)
    check_failures(rendered, clean)

    from degrade.run import degrade_folder

    with reporting("degrade", quiet) as report:
        degrade_folder(clean, config.degrade, config.seed, pairs, workers=placement.workers, progress=report)

    from train_baseline.evaluation.evaluate import evaluate
    from train_baseline.evaluation.summary import sentences, tables
    from train_baseline.export.coreml import export
    from train_baseline.run_folder import checkpoint_hash
    from train_baseline.train import train

    with reporting("train", quiet) as report:
        train(pairs, config.train, model, progress=report, seed=config.seed)
    trained = digest(checkpoint_hash(model), data_digest(pairs))
    with reporting("evaluate", quiet) as report:
        if not done.holds("evaluate", trained, model / "evaluation.json"):
            evaluate(model, pairs, progress=report)
            done.add("evaluate", trained)
    package = out / "model.mlpackage"
    with reporting("export", quiet) as report:
        if not done.holds("export", trained, package):
            write_json(out / "model.json", export(model, package, progress=report))
            done.add("export", trained)
    page = out / "preview" / "index.html"
    with reporting("preview", quiet) as report:
        shown = digest(data_digest(clean), data_digest(pairs))
        if not done.holds("preview", shown, page):
            write_preview(out, page.parent, report)
            done.add("preview", shown)

    console = Console()
    result = json.loads((model / "evaluation.json").read_text())
    for title, lines in tables(result):
        console.print(as_table(lines, title))
    for sentence in sentences(result):
        console.print(sentence, highlight=False)
    console.print()
    facts = json.loads((out / "model.json").read_text())
    places = [
        ("clean shards", f"{clean}  ({counted(rendered.made, 'clip')} rendered now, {rendered.kept} kept)"),
        ("pair shards", str(pairs)),
        ("trained model", f"{model}  (try: keyfill enhance {model} IN.mp4 OUT.mp4)"),
        ("Core ML", f"{package}  ({facts['macs_everything'] / 1e9:.3f}e9 MACs of 20.0e9 at 1280x720)"),
        ("preview page", str(page.resolve())),
    ]
    for what, where_it_is in places:
        console.print(f"{what:>14}  {where_it_is}", soft_wrap=True, highlight=False)
    console.print(f"{'time':>14}  {clock(time.monotonic() - began)}", highlight=False)


class Finished:
    """Which steps are done for which input, so that a second run does not repeat them."""

    def __init__(self, path: Path):
        self.path = path
        try:
            self.record: dict[str, str] = json.loads(path.read_text())
        except (OSError, ValueError):
            self.record = {}

    def holds(self, step: str, mark: str, result: Path) -> bool:
        """Is `result` there, made from the input that `mark` stands for?"""
        return self.record.get(step) == mark and result.exists()

    def add(self, step: str, mark: str) -> None:
        """Remember a finished step."""
        self.record[step] = mark
        write_json(self.path, self.record)


def data_digest(folder: Path) -> str:
    """What a data set holds, from its manifest alone."""
    rows = sorted((folder / ROWS).glob("*.json"))
    return digest(file_digest(folder / HEADER), [[row.name, file_digest(row)] for row in rows])


def as_table(lines: Sequence[Sequence[str]], title: str = "") -> Table:
    """Lines of text cells, the first a header, as a table for the terminal that no narrow pipe cuts off."""
    shown = Table(title=title, title_justify="left", box=SIMPLE)
    for number, name in enumerate(lines[0]):
        shown.add_column(name, justify="left" if number == 0 else "right", no_wrap=True)
    for line in lines[1:]:
        shown.add_row(*line)
    return shown
