"""`keyfill run`: the main job, stage after stage, and what to print at its end."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from core.identity import digest
from core.intent import UNASKED, Consent
from farm.placement import Placement
from keyfill.clips import SceneClip, check_failures, render_stage
from keyfill.console import print_line, print_table
from keyfill.finished_steps import DONE, FinishedSteps, data_digest
from keyfill.preview.intent import make_preview
from keyfill.progress import clock, counted, showing
from keyfill.run_config import RunConfig
from keyfill.run_intent import CLEAN, MODEL, PACKAGE, PAGE, PAIRS, intended_run, require_all, set_aside


def run_all(
    config: RunConfig,
    clips: Sequence[SceneClip],
    out: Path,
    placement: Placement,
    quiet: bool,
    consent: Consent = UNASKED,
) -> None:
    """Render the plan's `clips`, degrade, train, evaluate, export and preview into `out`; prints where everything is,
    and the table. A slice of an array job ends after rendering: what follows needs the clips of all slices. Raises
    InputError before anything is done where any step would lose what is finished without `consent`."""
    began = time.monotonic()
    require_all(intended_run(config, clips, out, placement), consent)
    clean, pairs, model = out / CLEAN, out / PAIRS, out / MODEL
    done = FinishedSteps(out / DONE)

    rendered = render_stage(config, clips, clean, placement, quiet, False, consent)
    check_failures(rendered, clean)
    if placement.slice_of is not None:
        index, number = placement.slice_of
        print_line(
            f"slice {index} of {number}: {counted(rendered.made, 'clip')} rendered now, {rendered.kept} kept, "
            f"in {clean}. A slice ends here: when all {number} are done, the same `keyfill run` without --shard-index "
            f"and --num-shards degrades and trains"
        )
        return

    from degrade.run import degrade_folder

    with showing("degrade", quiet) as progress:
        degrade_folder(clean, config.degrade, config.seed, pairs, placement.workers, progress, consent)

    from train_baseline.evaluation.evaluate import evaluate
    from train_baseline.evaluation.summary import sentences, tables
    from train_baseline.export.coreml import export
    from train_baseline.export.intent import report_place
    from train_baseline.run_folder import checkpoint_hash
    from train_baseline.train import intended_training, train

    if intended_training(pairs, config.train, model, config.seed).anew and not consent.replace:
        print_line(f"{model}: its pairs have changed; what was trained on them before is in {set_aside(out)} now")
    with showing("train", quiet) as progress:
        train(pairs, config.train, model, progress=progress, seed=config.seed, consent=consent)
    trained = digest(checkpoint_hash(model), data_digest(pairs))
    with showing("evaluate", quiet) as progress:
        if not done.holds("evaluate", trained, model / "evaluation.json"):
            evaluate(model, pairs, progress=progress, consent=consent)
            done.add("evaluate", trained)
    package = out / PACKAGE
    with showing("export", quiet) as progress:
        if not done.holds("export", trained, package):
            export(model, package, progress=progress, consent=consent)
            done.add("export", trained)
    page = out / PAGE / "index.html"
    with showing("preview", quiet) as progress:
        shown = digest(data_digest(clean), data_digest(pairs))
        if not done.holds("preview", shown, page):
            make_preview(out, page.parent, progress, None, consent)
            done.add("preview", shown)

    result = json.loads((model / "evaluation.json").read_text())
    for title, lines in tables(result):
        print_table(lines, title)
    for sentence in sentences(result):
        print_line(sentence)
    facts = json.loads(report_place(package).read_text())
    places = [
        ("clean shards", f"{clean}  ({counted(rendered.made, 'clip')} rendered now, {rendered.kept} kept)"),
        ("pair shards", str(pairs)),
        ("trained model", f"{model}  (try: keyfill enhance {model} IN.mp4 OUT.mp4)"),
        ("Core ML", f"{package}  ({facts['macs_everything'] / 1e9:.3f}e9 MACs of 20.0e9 at 1280x720)"),
        ("preview page", str(page.resolve())),
        ("time", clock(time.monotonic() - began)),
    ]
    print_line("")
    for what, where_it_is in places:
        print_line(f"{what:>14}  {where_it_is}", wrap=False)
