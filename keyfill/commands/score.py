"""Commands for the challenge's scores and for studies of preference: score, rank, study."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from core.errors import InputError, WorkError
from core.intent import Consent
from core.results import kept_results
from keyfill.app import (
    COMMON,
    Common,
    Json,
    Out,
    Replace,
    app,
    as_json,
    print_table,
    say_oddities,
    score_group,
    show_progress,
)


@app.command(group=score_group)
def score(
    folder: Annotated[Path, Parameter(name="FOLDER", help="holds metrics_supervised.csv and metrics_unsupervised.csv")],
    /,
    *,
    flip_m5: Annotated[bool, Parameter(name="--flip-m5", help="count m_5 as 1 - m_5, as the challenge does")] = True,
    any_rows: Annotated[
        bool, Parameter(help="take any number of videos, not the challenge's 500 and 3,000", negative=())
    ] = False,
    enhanced: Annotated[Path | None, Parameter(help="first score these videos, with --inputs and --weights")] = None,
    inputs: Annotated[Path | None, Parameter(help="what they were made of: videos of the same names")] = None,
    weights: Annotated[Path | None, Parameter(help="your weights of the challenge's quality model")] = None,
    dover: Annotated[Path | None, Parameter(help="your weights of DOVER, for the technical score")] = None,
    frames: Annotated[int, Parameter(help="frames of a video that are scored, evenly spread")] = 8,
    seed: int = 0,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """S_real, S_synth and S_obj of a submission (equations 2 to 4 of the challenge report).

    A missing, infinite or impossible value, a wrong number of rows, an unknown or doubled video is refused by name.
    With --enhanced, --inputs and --weights the twelve scores of each video are computed first, and written to FOLDER.

    For example:

    - `keyfill score submission`
    - `keyfill score mine --any-rows --no-flip-m5 --json`
    - `keyfill score mine --enhanced out --inputs in --weights vqa.pth --dover DOVER.pth`
    """
    given = {"--enhanced": enhanced, "--inputs": inputs, "--weights": weights}
    if any(given.values()) or dover is not None:
        return _score_videos(folder, given, dover, frames, seed, json, common)
    from score.challenge import SUPERVISED_ROWS, UNSUPERVISED_ROWS, score_submission

    rows = (None, None) if any_rows else (SUPERVISED_ROWS, UNSUPERVISED_ROWS)
    found = score_submission(folder, flip_m_5=flip_m5, supervised_rows=rows[0], unsupervised_rows=rows[1])
    if json:
        print(as_json(vars(found)))
        return
    counted = "1 - m_5, as the challenge does" if found.flip_m_5 else "m_5 as it stands"
    print_table([["", "value"], *([name, f"{value:.4f}"] for name, value in found.rows())], f"{folder} ({counted})")


def _score_videos(
    folder: Path,
    given: dict[str, Path | None],
    dover: Path | None,
    frames: int,
    seed: int,
    json: bool,
    common: Common,
) -> None:
    from keyfill.run_config import require_writable

    for flag, path in given.items():
        if path is None:
            raise InputError(f"{flag}: scoring videos needs {', '.join(given)}")
    enhanced, inputs, weights = (Path(path) for path in given.values() if path is not None)
    if not 1 <= frames <= 1000:
        raise InputError(f"--frames {frames}: expected 1 to 1000")
    require_writable(folder, "FOLDER")

    from score.fidelity.footage import videos_in
    from score.learned.unsupervised import score_folder

    say_oddities(video.path for folder in (enhanced, inputs) for video in videos_in(folder).values())

    with show_progress("score", common) as progress:
        record = score_folder(enhanced, inputs, weights, dover, folder, frames, seed, progress)
    for fault in record["left_out"]:
        print(f"keyfill: {fault}", file=sys.stderr)
    if json:
        print(as_json(record))
    else:
        rows = [["", "p", "p swapped", *(f"a{k}" for k in range(1, 12)), "technical"]]
        for name, found in record["videos"].items():
            auxiliary = [f"{value:.3f}" for value in found["auxiliary"]]
            d = found["technical"]
            told = "not measured" if d is None else f"{d['enhanced']:.3f}, input {d['input']:.3f}"
            rows.append([name, f"{found['p']:.4f}", f"{found['p_swapped']:.4f}", *auxiliary, told])
        print_table(rows, f"{enhanced} over {inputs}")
        print(record["table"])
    if record["left_out"]:
        raise WorkError(f"{len(record['left_out'])} of {len(record['left_out']) + len(record['videos'])} were left out")


@app.command(group=score_group)
def rank(
    votes: Annotated[tuple[Path, ...], Parameter(name="VOTES", help="vote files, or folders of them", negative=())],
    /,
    *,
    out: Annotated[Path | None, Parameter(help="write ranking.json, places.csv, pairs.csv, raters.csv there")] = None,
    plot: Annotated[Path | None, Parameter(help="draw scores with intervals into this .png, .svg or .pdf")] = None,
    s_obj: Annotated[Path | None, Parameter(help="CSV with method,s_obj: breaks ties inside a group")] = None,
    counting: Annotated[Literal["sign", "share"], Parameter(help="what a rating is worth; see docs/score.md")] = "sign",
    ties: Annotated[Literal["davidson", "half"], Parameter(help="how ties count")] = "davidson",
    resamples: Annotated[int, Parameter(help="bootstrap draws over raters and clips")] = 400,
    seed: int = 0,
    min_seconds: Annotated[float, Parameter(help="leave out raters whose median answer is faster")] = 2.0,
    replace: Replace = False,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Rank methods by pairwise votes: screened raters, Bradley-Terry scores with 95% intervals, groups, mean ratings.

    For example:

    - `keyfill rank votes/ --plot ranking.png --out ranking`
    - `keyfill rank monday.csv tuesday.csv --s-obj s_obj.csv`
    """
    from score.preference import ranking_tables
    from score.preference.plot import check_plot, plot_ranking
    from score.preference.rank import rank as ranked
    from score.preference.screening import Rules
    from score.preference.votes import read_votes

    if not votes:
        raise InputError("VOTES: give at least one vote file, or a folder of them")
    if not 0 <= min_seconds <= 86_400:
        raise InputError(f"--min-seconds {min_seconds}: expected a time from 0 to 86400")
    if plot is not None:
        check_plot(plot)
    objective = {} if s_obj is None else ranking_tables.read_s_obj(s_obj)
    rules = Rules(median_seconds=min_seconds)
    found = ranked(
        read_votes(votes), rules=rules, ties=ties, counting=counting, s_obj=objective, resamples=resamples, seed=seed
    )
    if out is not None:
        from keyfill.run_config import require_writable

        require_writable(out)
        with kept_results(out, replace) as aside:
            ranking_tables.write_ranking(found, aside)
    if plot is not None:
        with kept_results(plot, replace) as aside:
            plot_ranking(found, aside)
    if json:
        print(as_json(found.to_json()))
        return
    print("\n".join(ranking_tables.raters_in_words(found)))
    for title, lines in (ranking_tables.places_table(found), ranking_tables.reasons_table(found)):
        if len(lines) > 1:
            print_table(lines, title)
    for reason, why in found.unscored.items():
        print(f"{reason}: no score: {why}")
    title, lines = ranking_tables.pairs_table(found)
    print_table(lines, title)


@app.command(group=score_group)
def study(
    videos: Annotated[Path, Parameter(name="VIDEOS", help="holds METHOD/CLIP.mp4, every clip for every method")],
    /,
    *,
    out: Out,
    width: Annotated[float, Parameter(help="wanted half width of the 95% interval of a log score")] = 0.3,
    raters: Annotated[int | None, Parameter(help="how many raters; default: enough for --width")] = None,
    votes_per_rater: Annotated[int, Parameter(help="votes that each rater gives")] = 40,
    spread: Annotated[float, Parameter(help="how much raters and clips differ (deviation of a log score)")] = 0.3,
    gold: Annotated[str | None, Parameter(help="BETTER:WORSE, a pair with an obvious winner")] = None,
    seed: int = 0,
    name: Annotated[str, Parameter(help="the study's name, shown to raters")] = "Which is better?",
    dry_run: Annotated[bool, Parameter(help="print how many votes it takes, and write nothing", negative=())] = False,
    replace: Replace = False,
    common: Common = COMMON,
) -> None:
    """Plan a preference study and write its page: two videos in sync, answers by keyboard, a vote file at the end.

    Open the page on each rater's machine, or add `?slot=3&rater=anna` to its address; hand the saved files to `rank`.

    For example:

    - `keyfill study videos --out study --width 0.25 --gold target:input`
    - `keyfill study videos --out study --dry-run`
    """
    from keyfill.run_config import require_writable
    from score.preference.study import check_gold, plan_study, study_size
    from score.preference.study_page import find_videos, write_page

    found = find_videos(videos)
    methods = tuple(found)
    clips = tuple(sorted(found[methods[0]]))
    better: tuple[str, str] | None = None
    if gold is not None:
        best, _, worst = gold.partition(":")
        if not best or not worst or ":" in worst:
            raise InputError(f"--gold {gold}: expected BETTER:WORSE, e.g. target:input")
        better = best, worst
        check_gold(better, methods)
    if raters is None:
        size = study_size(len(methods), len(clips), width, votes_per_rater, spread=spread, seed=seed)
        raters = size.raters
        print(
            f"{size.raters} raters x {size.votes_per_rater} votes = {size.votes:,}: simulated studies of that size "
            f"have intervals of +-{size.half_width:.2f} on a log score (wanted {width:g})"
        )
    pairs = len(methods) * (len(methods) - 1) // 2
    print(f"{len(methods)} methods, {pairs} pairs, {len(clips)} clips; {raters} raters")
    plan = plan_study(methods, clips, raters, votes_per_rater, gold=better, seed=seed)
    if dry_run:
        return
    require_writable(out)
    with show_progress("study", common) as progress:
        page = write_page(plan, found, out, name, progress, Consent(replace=replace))
    print(page.resolve())
