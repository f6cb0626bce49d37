"""Teaching a judge from shards into a folder: reads, teaches, measures on held-out people, writes; a killed run goes
on."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from core.errors import InputError
from core.files import make_folder
from core.intent import UNASKED, Consent, Intent, differences, in_words
from core.progress import Progress, silent
from core.tables import write_table
from pairs.manifest import load_manifest
from score.learned import held_out
from score.learned.judge_config import JudgeConfig
from score.learned.judge_file import FILE, FORMAT, LOG, STATE, Judge, Start, read_judge, save_judge
from score.learned.moments import read_moments
from score.learned.preference import Preference
from score.learned.teaching import Teacher, read_state, save_state
from score.learned.threads import one_thread
from score.learned.vote_weights import weights_from_votes


def teach(
    clean: Path,
    config: JudgeConfig,
    out: Path,
    seed: int = 0,
    pairs: Path | None = None,
    progress: Progress = silent,
    consent: Consent = UNASKED,
    start: Start | None = None,
) -> dict[str, Any]:
    """Teach a judge on the clean shards in `clean` (and what `pairs` made of them) and write `judge.npz` and `log.csv`
    under `out`; returns its record. `start`: it begins with that, and only concludes anew from what its eyes see. A
    finished one of the same data, config, seed and start is left as it is, one that was begun goes on, any other is
    replaced with `consent`. InputError: no such data, another judge in `out`, a folder that cannot be written;
    WorkError: the loss is no number too often."""
    intended_teaching(clean, config, out, seed, pairs, start).require(consent)
    mark = fingerprint(clean, config, seed, pairs, start)
    done = _finished(out, mark)
    if done is not None:
        return done.record
    moments = read_moments(clean, config, seed, pairs, progress)
    make_folder(out)
    teacher = Teacher(moments.taught, config, seed, start.weights if start else None)
    state = read_state(out / STATE, mark)
    if state is not None:
        teacher.restore(state)

    def keep(now: Teacher) -> None:
        _write_log(out / LOG, now.rows)
        save_state(out / STATE, mark, now)

    with one_thread():
        teacher.run(keep, progress)
        network = teacher.average.eval()
        tuning, measuring = held_out.by_people(moments.held)
        tuned, held = (
            held_out.held_batches(part, config, seed, config.held_batches, stage)
            for part, stage in ((tuning, "tuned"), (measuring, "held"))
        )
        scale = held_out.temperature(held_out.outcome_of(network, tuned))
        set_weights(network, network.weights.detach() * scale)
        measured = held_out.report(held_out.outcome_of(network, held))
    record = {
        "fingerprint": mark, "config": config.model_dump(mode="json"), "seed": seed, "data": moments.facts,
        "parameters": sum(value.numel() for value in network.parameters()), "seconds": round(teacher.seconds, 1),
        "skipped_steps": teacher.skipped, "temperature": scale, "held_out": measured,
        "begun_with": start.mark if start else None,
    }  # fmt: skip
    save_judge(out / FILE, record, network.state_dict())
    (out / STATE).unlink(missing_ok=True)
    return read_judge(out).record


def teach_by_votes(
    judge: Judge, votes: Sequence[Path], clips: Path, pull: float, out: Path, progress: Progress = silent,
    consent: Consent = UNASKED,
) -> dict[str, Any]:  # fmt: skip
    """Move the weights of a judge's factors by votes and write it under `out`; returns its record. Raises as
    `teach`."""
    weights, facts = weights_from_votes(judge, votes, clips, pull, progress)
    mark = hashlib.sha256(json.dumps([judge.record["fingerprint"], facts, pull], sort_keys=True).encode()).hexdigest()
    there = out / FILE
    intent = Intent(out, "judge", new=(FILE,))
    if there.exists():
        done = _finished(out, mark)
        if done is not None:
            return done.record
        intent = replace(intent, new=(), anew=(FILE,), why_anew="another judge")
    intent.require(consent)
    network = Preference()
    network.load_state_dict(judge.network.state_dict())
    set_weights(network, weights)
    out.mkdir(parents=True, exist_ok=True)
    save_judge(there, {**judge.record, "fingerprint": mark, "by_votes": facts}, network.state_dict())
    return read_judge(out).record


def set_weights(network: Preference, weights: torch.Tensor) -> None:
    """Give the factors these weights `(11,)`, above 0."""
    with torch.no_grad():
        network.cost.copy_(torch.log(torch.expm1(weights.double())).float())


def fingerprint(
    clean: Path, config: JudgeConfig, seed: int, pairs: Path | None = None, start: Start | None = None
) -> str:
    """What a judge depends on, as one SHA-256: data, config, seed, and what it began with."""
    folders = [Path(folder) for folder in (clean, pairs) if folder]
    shards = [[(row.name, row.sha256) for row in load_manifest(folder).shards] for folder in folders]
    learning = config.model_dump(mode="json", exclude={"check_every", "votes_pull"})
    begun = [start.mark] if start else []
    return hashlib.sha256(json.dumps([FORMAT, shards, learning, seed, *begun], sort_keys=True).encode()).hexdigest()


def intended_teaching(
    clean: Path,
    config: JudgeConfig,
    out: Path,
    seed: int = 0,
    pairs: Path | None = None,
    start: Start | None = None,
) -> Intent:
    """What `teach` would do with the same arguments; changes nothing."""
    if Path(out).resolve() in {Path(folder).resolve() for folder in (clean, pairs) if folder}:
        raise InputError(f"--out {out}: is the folder of the shards; choose another")
    mark = fingerprint(clean, config, seed, pairs, start)
    intent = Intent(Path(out), "judge", new=(FILE,))
    if (out / FILE).exists():
        try:
            record = read_judge(out).record
        except InputError:
            return replace(intent, new=(), anew=(FILE,), why_anew="it is damaged, or of another version")
        if record["fingerprint"] == mark:
            return Intent(Path(out), "judge", kept=1)
        now = {"judge": config.model_dump(mode="json"), "seed": seed, "--judge": start.mark if start else None}
        before = {
            "judge": record["config"], "seed": record.get("seed", seed), "--judge": record.get("begun_with"),
        }  # fmt: skip
        why = in_words(differences(before, now), f"the shards in {clean} are others")
        return replace(intent, new=(), anew=(FILE,), why_anew=why)
    if read_state(out / STATE) is not None and read_state(out / STATE, mark) is None:
        return replace(intent, new=(), anew=(STATE,), why_anew="teaching that was begun from something else")
    return intent


def _finished(out: Path, mark: str) -> Judge | None:
    try:
        found = read_judge(out)
    except InputError:
        return None
    return found if found.record["fingerprint"] == mark else None


def _write_log(path: Path, rows: Sequence[dict[str, float]]) -> None:
    columns = sorted({name for row in rows for name in row})
    told = lambda value: round(value, 6) if math.isfinite(value) else ""
    write_table(path, columns, ([told(row.get(name, math.nan)) for name in columns] for row in rows))
