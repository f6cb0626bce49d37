"""Commands that measure a model, and finished videos."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from core.errors import InputError, UnkeptError
from core.files import why_unwritable
from core.intent import Consent
from core.results import kept_results
from keyfill.app import (
    COMMON,
    Common,
    Json,
    Replace,
    Restore,
    Run,
    WhichJudge,
    app,
    as_json,
    model_group,
    print_table,
    say_oddities,
    score_group,
    show_progress,
)

if TYPE_CHECKING:
    from score.learned.judge_file import Judge

Split = Annotated[Literal["test", "train"], Parameter(help="which clips")]
Vmaf = Annotated[bool, Parameter(help="measure VMAF as well, the slowest of the measures")]
_OLDER = Parameter(show=False)
"""A flag of `compare` that `evaluate` used to have."""


@app.command(group=model_group)
def evaluate(
    trained: Run,
    source: Annotated[Path | None, Parameter(name="IN", help="a folder of pair or clean shards")] = None,
    /,
    *,
    real: Annotated[
        Path | None, Parameter(help="real people instead: shards of keyfill ingest, or a folder of videos")
    ] = None,
    webcam: Annotated[Path | None, Parameter(help="with --real: each light also through this degradation")] = None,
    split: Split = "test",
    against: Annotated[tuple[Path, ...], Parameter(help="another run to measure beside it", negative=())] = (),
    restore: Restore = None,
    vmaf: Vmaf = True,
    judged: Annotated[bool, Parameter(help="how surely the judge prefers each to the input", negative=())] = False,
    judge: WhichJudge = None,
    mask: Annotated[Path | None, _OLDER] = None,
    out: Annotated[Path | None, Parameter(help="the folder for record and pictures; by default RUN")] = None,
    replace: Replace = False,
    supervised: Annotated[Path | None, _OLDER] = None,
    workers: Annotated[int, _OLDER] = 1,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Measure a trained model on shards: tables, and a JSON record and a picture sheet in the run's folder.

    Another record that is there, of other data or settings, is replaced with --replace only.

    Finished videos are compared with their targets by `keyfill compare`.

    For example:

    - `keyfill evaluate out/quick/train out/quick/pairs`
    - `keyfill evaluate out/quick/train out/quick/pairs --against out/zeng --no-vmaf`
    - `keyfill evaluate out/quick/train --real data/real --judged`
    """
    if real is not None:
        if source is not None:
            raise InputError("IN and --real are two measurements; give one of them")
        picks = _judge(judged, judge)
        return _evaluate_real(trained, real, against, webcam, restore, picks, out, replace, json, common)
    if source is None or webcam is not None:
        raise InputError("give IN, a folder of pair or clean shards; or --real, of real people")
    _require_there(trained, source, "a trained model and shards")
    is_model = trained.is_dir() and (trained / "config.json").is_file()
    of_videos = {"--mask": mask, "--supervised": supervised}
    judging = {"--judged": judged, "--judge": judge}
    others = of_videos if is_model else {"--against": against, "--restore": restore, **judging}
    for flag, given in others.items():
        if given:
            raise InputError(f"{flag}: for {'videos' if is_model else 'a trained model'} only; leave it out")
    if not is_model:
        compare(
            trained,
            source,
            split=split,
            vmaf=vmaf,
            mask=mask,
            out=out,
            supervised=supervised,
            workers=workers,
            replace=replace,
            json=json,
            common=common,
        )
        print(f"keyfill: this is now: keyfill compare {trained} {source}", file=sys.stderr)
        return
    from train_baseline.evaluation import summary as evaluation_summary
    from train_baseline.evaluation.evaluate import evaluate as measure

    keep, unkept, consent = _keeps(out or trained), None, Consent(replace=replace)
    try:
        with show_progress("evaluate", common) as progress:
            picks = _judge(judged, judge)
            result = measure(trained, source, split, progress, against, vmaf, keep, restore, out, consent, picks)
    except UnkeptError as error:
        result, unkept = error.result, error
    if json:
        print(as_json(result))
    else:
        for title, lines in evaluation_summary.tables(result):
            print_table(lines, title)
        for line in evaluation_summary.sentences(result):
            print(line)
    if unkept is not None:
        raise unkept


def _keeps(folder: Path) -> bool:
    """Whether a record can be kept in `folder`; if not, that is said before the long work begins."""
    reason = why_unwritable(folder)
    if reason is not None:
        print(
            f"keyfill: {folder}: cannot be written: {reason}; no record of the figures is kept there", file=sys.stderr
        )
    return reason is None


def _judge(judged: bool, judge: Path | None) -> Judge | None:
    """The judge that was asked for, None where none was."""
    if not judged and judge is None:
        return None
    from score.learned.judge_file import read_judge

    return read_judge(judge)


def _evaluate_real(
    trained: Path,
    real: Path,
    against: tuple[Path, ...],
    webcam: Path | None,
    restore: Path | None,
    judge: Judge | None,
    out: Path | None,
    replace: bool,
    json: bool,
    common: Common,
) -> None:
    from core.footage import VIDEOS
    from degrade.config import DegradeConfig
    from keyfill.real_evaluation import evaluate_real, tables
    from keyfill.run_config import load_part, say_if_idle

    chain = None
    if webcam is not None:
        chain = load_part(webcam, "degrade", DegradeConfig)[0]
        say_if_idle(chain, webcam)
    if real.is_dir():
        say_oddities(sorted(path for path in real.iterdir() if path.suffix.lower() in VIDEOS))
    keep, unkept, consent = _keeps(out or trained), None, Consent(replace=replace)
    try:
        with show_progress("evaluate", common) as progress:
            result = evaluate_real(
                trained,
                real,
                against,
                chain,
                progress=progress,
                keep=keep,
                out=out,
                consent=consent,
                restore=restore,
                judge=judge,
            )
    except UnkeptError as error:
        result, unkept = error.result, error
    if json:
        print(as_json(result))
    else:
        print("\n".join(tables(result["means"])))
        if result["dim"]:
            print(f"not counted, for their faces are dim or not found: {', '.join(result['dim'])}")
        if keep and unkept is None:
            print(f"pictures: {(out or trained) / 'real.jpg'}")
    if unkept is not None:
        raise unkept


@app.command(group=score_group)
def compare(
    shown: Annotated[Path, Parameter(name="A", help="a finished video, or a folder of them")],
    target: Annotated[Path, Parameter(name="B", help="the target video, their folder, or pair shards")],
    /,
    *,
    split: Split = "test",
    vmaf: Vmaf = True,
    mask: Annotated[Path | None, Parameter(help="the subject's mask, white inside: a video, or their folder")] = None,
    out: Annotated[Path | None, Parameter(help="keep results there; a stopped comparison goes on")] = None,
    supervised: Annotated[Path | None, Parameter(help="write the challenge's metrics_supervised.csv")] = None,
    workers: Annotated[int, Parameter(help="processes")] = 1,
    replace: Replace = False,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Measure finished videos against their targets, whoever made them.

    Two files, two folders with videos of the same names, or a folder of KEY.mp4 against pair shards, there beside their
    input and AutoAdjust.

    For example:

    - `keyfill compare enhanced.mp4 target.mp4`
    - `keyfill compare enhanced targets --out scores --workers 4 --supervised metrics_supervised.csv`
    """
    _require_there(shown, target, "two videos, or two folders of them")
    from keyfill.run_config import require_writable
    from pairs.manifest import HEADER
    from score.challenge import write_supervised
    from score.fidelity import comparison, evaluation

    both_folders = shown.is_dir() and target.is_dir()
    if both_folders and ((target / HEADER).exists() or not any(target.iterdir())):
        compared = comparison.compare_pairs(target, split, {shown.name: shown})
    else:
        compared = (comparison.compare_folders if both_folders else comparison.compare_videos)(shown, target, mask)
    say_oddities(side.path for one in compared for side in (one.shown, one.target) if not side.key)
    measures = [name for name in evaluation.MEASURES if vmaf or name != "vmaf"]
    for folder, flag in ((out, "--out"), (supervised and supervised.parent, "--supervised")):
        if folder is not None:
            require_writable(folder, flag)
    with show_progress("compare", common) as progress:
        found = evaluation.evaluate_comparisons(compared, out, measures, workers, progress, Consent(replace=replace))
    if supervised is not None:
        with kept_results(supervised, replace) as aside:
            write_supervised(aside, found.rmse(compared[-1].method))
    if json:
        print(as_json(found.to_json()))
        return
    lines = [[str(name) for name in found.header]]
    lines += [[f"{value:.4g}" if isinstance(value, float) else str(value) for value in row] for row in found.rows()]
    print_table([list(column) for column in zip(*lines, strict=True)], f"{shown} against {target}")


def _require_there(first: Path, second: Path, wanted: str) -> None:
    for given in (first, second):
        if not given.exists():
            raise InputError(f"{given}: no such file or folder; give {wanted}")
