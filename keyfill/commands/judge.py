"""Commands around a learned judge of preference: judge, teach."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from core.errors import InputError, WorkError
from keyfill.app import (
    COMMON,
    CONFIGURED,
    KEEPING,
    Common,
    Configured,
    Json,
    Keeping,
    Out,
    WhichJudge,
    app,
    as_json,
    print_table,
    say_oddities,
    score_group,
    show_progress,
)


@app.command(group=score_group)
def judge(
    one: Annotated[Path, Parameter(name="A", help="a picture, a video, a folder of videos, or a trained run")],
    other: Annotated[Path, Parameter(name="B", help="the same of the same moments")],
    /,
    *,
    on: Annotated[Path | None, Parameter(help="videos that two trained runs are to correct, then to be judged")] = None,
    stills: Annotated[bool, Parameter(help="compare folders of pictures one by one, by name", negative=())] = False,
    page: Annotated[Path | None, Parameter(help="write a page with both side by side into this folder")] = None,
    judge: WhichJudge = None,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Which of two is preferred, how surely, and for which factors, by a judge that was taught on rendered people.

    What it can judge, and what it cannot, is in docs/judge.md. It is no substitute for people: `keyfill study` asks
    them.

    For example:

    - `keyfill judge better.mp4 call.mp4 --page out/judged`
    - `keyfill judge enhanced inputs --json`
    - `keyfill judge train_baseline/checkpoints/curves train_baseline/checkpoints/light_field --on videos`
    """
    from score.learned.factors import FACTORS
    from score.learned.judge_file import read_judge
    from score.learned.judge_page import write_page
    from score.learned.judging import Verdict, judge_all, paired, summed_up

    if page is not None:
        from keyfill.run_config import require_writable

        require_writable(page, "--page")
    if on is None:
        for path in (one, other):
            if (path / "checkpoint.npz").is_file():
                raise InputError(f"{path}: is a trained run; give the videos it is to correct with --on")
        pairs = paired(one, other, stills)
        say_oddities(path for both in pairs.values() for path in both)
    known = read_judge(judge)
    verdicts: list[Verdict] = []
    faults: list[str] = []
    with show_progress("judge", common) as progress:
        if on is None:
            found: Any = judge_all(known, pairs, keep=page is not None)
        else:
            from keyfill.judged_runs import judge_runs

            found = judge_runs(known, one, other, on, keep=page is not None)
        for name, verdict in found:
            if isinstance(verdict, Verdict):
                verdicts.append(verdict)
            else:
                faults.append(str(verdict))
            progress(len(verdicts) + len(faults), len(verdicts) + len(faults), name)
    for fault in faults:
        print(f"keyfill: {fault}", file=sys.stderr)
    if not verdicts:
        raise InputError(f"nothing could be judged ({len(faults)} left out)")
    record: dict[str, Any] = {
        "judge": known.name, "a": str(one), "b": str(other), "verdicts": [verdict.to_json() for verdict in verdicts],
        "all": summed_up(verdicts), "left_out": faults,
    }  # fmt: skip
    if page is not None:
        print(f"page: {write_page(page, record, verdicts, None if on else pairs)}", file=sys.stderr)
    if json:
        print(as_json(record))
    else:
        print(f"A: {one}, B: {other}; in brackets severities of A and B, 0 is no fault")
        for verdict in verdicts:
            both = lambda name, sides=verdict.severities: "{:.2f}, {:.2f}".format(*(side[name] or 0 for side in sides))
            reasons = [f"{FACTORS[name].short} ({both(name)})" for name in verdict.reasons()]
            preferred = f"{'A' if verdict.p > 0.5 else 'B'} is preferred, {max(verdict.p, 1 - verdict.p):.1%} sure"
            words = "neither is preferred" if verdict.p == 0.5 else preferred
            print(f"{verdict.name}: {words}{': ' if reasons else ''}{'; '.join(reasons)}")
        if len(verdicts) > 1:
            every = record["all"]
            print(f"A is preferred in {every['a_preferred']} of {every['pairs']}, on average by {every['p']:.1%}")
    if faults:
        raise WorkError(f"{len(faults)} of {len(faults) + len(verdicts)} were left out")


@app.command(group=score_group)
def teach(
    clean: Annotated[Path | None, Parameter(name="CLEAN", help="a folder of clean shards")] = None,
    /,
    *,
    config: Annotated[Path | None, Parameter(help="a YAML config with a judge section")] = None,
    out: Out,
    pairs: Annotated[Path | None, Parameter(help="pair shards made of CLEAN: a call's picture is worse")] = None,
    votes: Annotated[tuple[Path, ...], Parameter(help="vote files; with them only weights move", negative=())] = (),
    clips: Annotated[Path | None, Parameter(help="the study's videos, METHOD/CLIP.mp4, that the votes are on")] = None,
    judge: WhichJudge = None,
    keeping: Keeping = KEEPING,
    common: Configured = CONFIGURED,
) -> None:
    """Teach a judge on comparisons whose answer is known, made of rendered pairs; or move its weights by people's
    votes.

    A killed one goes on where it was. The last people and some rooms are held out, and what it gets right there is
    told. With CLEAN and --judge it begins with that judge: slopes, walls and weights are learned anew, the rest stays.

    For example:

    - `keyfill teach data/clean --config configs/judge.yaml --out runs/judge`
    - `keyfill teach --votes votes --clips videos --out runs/ours`
    """
    from keyfill.run_config import load_part, require_writable
    from score.learned.judge_config import JudgeConfig

    if (clean is None) == (not votes):
        raise InputError("give CLEAN, a folder of clean shards, or --votes, not both; first the one, then the other")
    if bool(votes) != (clips is not None):
        raise InputError("--votes and --clips belong together: votes, and the videos they are on")
    if clean is not None and config is None:
        raise InputError("CLEAN needs --config, e.g. configs/judge.yaml")
    part, seed = (JudgeConfig(), 0) if config is None else load_part(config, "judge", JudgeConfig, common.set)
    require_writable(out)

    from score.learned import teach as teaching
    from score.learned.judge_file import read_judge, read_start

    if clean is None:
        assert clips is not None
        with show_progress("teach", common) as progress:
            record = teaching.teach_by_votes(read_judge(judge), votes, clips, part.votes_pull, out, progress, keeping)
        facts = record["by_votes"]
        print(
            f"{facts['votes']} votes on {facts['clips']} videos: the judge agreed with {facts['agrees_before']:.1%} of "
            f"those decided, now with {facts['agrees_after']:.1%}; written to {out}"
        )
        return
    start = None if judge is None else read_start(judge)
    if keeping.dry_run:
        keeping.tell(teaching.intended_teaching(clean, part, out, seed, pairs, start))
        return
    with show_progress("teach", common) as progress:
        record = teaching.teach(clean, part, out, seed, pairs, progress, keeping, start)
    print_table(accuracy_table(record["held_out"]["accuracy"]), f"{out}: right on held-out people and rooms")


def accuracy_table(accuracy: dict[str, dict[str, float]]) -> list[list[str]]:
    """By kind of difference: how many comparisons, how many right."""
    rows = [["differs in", "comparisons", "right", "surely wrong"]]
    for kind, found in accuracy.items():
        rows.append([kind, f"{found['count']:,}", f"{found['right']:.1%}", f"{found['surely_wrong']:.1%}"])
    return rows
