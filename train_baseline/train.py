"""Training: pair shards in, a run folder out. Deterministic on a CPU; a killed run goes on where it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import make_folder
from core.intent import UNASKED, Consent, Intent, differences, in_words
from core.progress import Progress, silent
from core.tables import write_table
from degrade.config import DegradeConfig
from pairs.lock import FolderLock
from score.learned.threads import one_thread
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.data.pool import Pool
from train_baseline.methods.make import make_method
from train_baseline.trainer import Trainer


def train(
    pairs_folder: Path,
    config: TrainConfig,
    out: Path,
    progress: Progress = silent,
    seed: int = 0,
    degrade: DegradeConfig | None = None,
    consent: Consent = UNASKED,
) -> dict[str, Any]:
    """Train on the train split of `pairs_folder`; writes `checkpoint.npz`, `config.json`, `log.csv` under `out`.

    `pairs_folder` holds pair shards, or clean shards, which are then degraded on the fly as `degrade` says.

    Returns the run's facts (steps, seconds, errors, skipped steps). A finished run with the same data, config and seed
    is left as it is; an unfinished one is resumed exactly; any other is replaced, with `consent`. InputError: no such
    data, another run in `out`, one that trains there now, or a folder that cannot be written; WorkError: the loss is
    no number too often.
    """
    pairs_folder, out = Path(pairs_folder), Path(out)
    intended_training(pairs_folder, config, out, seed, degrade).require(consent)
    degrade = degrade if run_folder.is_clean(pairs_folder) else None
    mark = run_folder.fingerprint(pairs_folder, config, seed, degrade)
    made_from = _made_from(config, seed)
    done = _finished(out / run_folder.CHECKPOINT, mark)
    if done is not None:
        return done
    make_folder(out)
    method = make_method(config.method, seed)
    with FolderLock(out), Pool(pairs_folder, config, method.sees, seed, degrade, progress) as pool:
        trainer = Trainer(method, config, seed, pool.frames_at, pool.validation_frames)
        state = run_folder.read_state(out / run_folder.STATE)
        if state is not None and state["fingerprint"] == mark:
            trainer.restore(state)

        def keep(now: Trainer) -> None:
            _write_log(out / run_folder.LOG, now)
            run_folder.save_state(out / run_folder.STATE, {"fingerprint": mark, **made_from, **now.state()})

        with one_thread():
            trainer.run(keep, progress)
        facts, weights = trainer.result()
        facts |= {**pool.facts(), "fingerprint": mark}
        run_folder.write_config(out, config, facts)
        _write_log(out / run_folder.LOG, trainer)
        record = {"fingerprint": mark, "config": config.model_dump(mode="json"), "facts": facts}
        run_folder.save_checkpoint(out / run_folder.CHECKPOINT, record, weights)
        (out / run_folder.STATE).unlink(missing_ok=True)
    return facts


def intended_training(
    pairs_folder: Path, config: TrainConfig, out: Path, seed: int = 0, degrade: DegradeConfig | None = None
) -> Intent:
    """What `train` would do with the same arguments; changes nothing. Training that was begun counts as what is there:
    hours may be in it."""
    pairs_folder, out = Path(pairs_folder), Path(out)
    if out.resolve() == pairs_folder.resolve():
        raise InputError(f"--out {out}: is the folder of the shards; choose another")
    degrade = degrade if run_folder.is_clean(pairs_folder) else None
    mark = run_folder.fingerprint(pairs_folder, config, seed, degrade)
    intent = Intent(out, "model", new=(run_folder.CHECKPOINT,))
    state = run_folder.read_state(out / run_folder.STATE)
    try:
        found = run_folder.read_checkpoint(out / run_folder.CHECKPOINT)
    except InputError:
        return replace(intent, new=(), anew=intent.new, why_anew=trained_otherwise(out, config, seed))
    if found is not None and found[0]["fingerprint"] == mark:
        return Intent(out, "model", kept=1)
    if found is not None:
        others = f"the shards in {pairs_folder}, or how they are degraded, are others"
        return replace(intent, new=(), anew=intent.new, why_anew=trained_otherwise(out, config, seed) or others)
    if state is not None and state["fingerprint"] != mark:
        return replace(intent, new=(), anew=(run_folder.STATE,), why_anew="training that was begun from something else")
    return intent


def trained_otherwise(out: Path, config: TrainConfig, seed: int) -> str:
    """Which keys differ from those of the training, finished or begun, that is in `out`; empty where none does."""
    now = _made_from(config, seed)
    try:
        found = run_folder.read_checkpoint(out / run_folder.CHECKPOINT)
    except InputError:
        return "it is damaged, or of another version"
    if found is None:
        state = run_folder.read_state(out / run_folder.STATE) or {}
        return in_words(differences({key: state.get(key, now[key]) for key in now}, now))
    record = found[0]
    return in_words(differences({"train": record["config"], "seed": record["facts"].get("seed", seed)}, now))


def _made_from(config: TrainConfig, seed: int) -> dict[str, Any]:
    return {"train": config.model_dump(mode="json"), "seed": seed}


def _finished(path: Path, mark: str) -> dict[str, Any] | None:
    """The facts of a finished run that has this fingerprint."""
    try:
        found = run_folder.read_checkpoint(path)
    except InputError:
        return None
    return found[0]["facts"] if found is not None and found[0]["fingerprint"] == mark else None


def _write_log(path: Path, trainer: Trainer) -> None:
    columns = ("step", "loss", *trainer.method.terms, "validation", "learning_rate", "skipped")
    write_table(path, columns, ([row.get(name, "") for name in columns] for row in trainer.rows))
