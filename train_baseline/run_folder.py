"""A run folder: `checkpoint.npz` (what is kept), `config.json`, `log.csv`; `state.pt` while training is under way.

A checkpoint is an ordinary `.npz` of float32 arrays, one a weight, and the text array `record`: JSON with format,
fingerprint, config and facts. Reading it runs no code of the file's. The same checkpoint is the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.config import validate
from core.errors import InputError
from core.files import read_record, write_bytes, write_json
from core.intent import Intent, differences, in_words
from degrade.config import DegradeConfig
from pairs.manifest import load_manifest
from score.learned.stored_weights import read_weights, save_weights
from train_baseline.config import TrainConfig
from train_baseline.methods.base import Method
from train_baseline.methods.make import make_method
from train_baseline.methods.restore import Restore
from train_baseline.methods.restored import Restored

CHECKPOINT, STATE, CONFIG, LOG = "checkpoint.npz", "state.pt", "config.json", "log.csv"
FORMAT, STATE_FORMAT = "keyfill-train-5", "keyfill-train-6"


@dataclass(frozen=True, eq=False)
class Trained:
    """A run read back: its method (float32, on the CPU, not training), config, and what is known of its training."""

    method: Method[Any]
    config: TrainConfig
    facts: dict[str, Any]


def fingerprint(pairs_folder: Path, config: TrainConfig, seed: int, degrade: DegradeConfig | None = None) -> str:
    """What a result depends on, as one SHA-256: data (each shard's hash), configs and seed."""
    changes = None if degrade is None else degrade.model_dump(mode="json")
    record = [FORMAT, data_hash(pairs_folder), config.identity(), changes, seed]
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def is_clean(pairs_folder: Path) -> bool:
    """Whether a folder holds clean shards (True) or pair shards. InputError when it holds neither."""
    return load_manifest(Path(pairs_folder)).kind == "clean"


def data_hash(pairs_folder: Path) -> str:
    """One SHA-256 over the names and hashes of a data set's shards."""
    shards = [(row.name, row.sha256) for row in load_manifest(Path(pairs_folder)).shards]
    return hashlib.sha256(json.dumps(shards).encode()).hexdigest()


def checkpoint_hash(run: Path) -> str:
    """SHA-256 of a run's checkpoint file. InputError where there is none."""
    try:
        return hashlib.sha256((Path(run) / CHECKPOINT).read_bytes()).hexdigest()
    except OSError:
        raise InputError(f"{run}: no {CHECKPOINT} here; give a folder written by keyfill train") from None


def read_report(path: Path, inputs: Any) -> dict[str, Any] | None:
    """A JSON report whose "inputs" ("of" in older ones) say that it was made from just these, or None: then the work is
    to be done."""
    report = read_record(path)
    return report if report and report.get("inputs", report.get("of")) == inputs else None


def intended_report(path: Path, inputs: Mapping[str, Any]) -> Intent:
    """What writing a report that is made from `inputs` (its "runs": their checkpoints, `run`'s among them) would do to
    one that is there. One that measured none of these checkpoints is of a model that is gone, and worth nothing."""
    before = inputs_of(path)
    runs = lambda of: {*of.values()} if isinstance(of, Mapping) else {*(of or ())}
    if before is None or not runs(before.get("runs")) & runs(inputs["runs"]):
        return Intent(path.parent, "report", new=(path.name,))
    why = in_words(differences(before, json.loads(json.dumps(inputs))))
    return Intent(path.parent, "report", anew=(path.name,), why_anew=why)


def inputs_of(path: Path) -> dict[str, Any] | None:
    """What a report says that it was made from; None where there is no report."""
    report = read_record(path)
    inputs = report.get("inputs", report.get("of"))
    return inputs if isinstance(inputs, dict) else None


def save_checkpoint(path: Path, record: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> None:
    """What is kept of a run: plain data and float32 weights by name."""
    save_weights(path, FORMAT, record, weights)


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]] | None:
    """The record and weights of a checkpoint, or None where there is none. InputError for anything else."""
    if not path.exists():
        return None
    return read_weights(path, FORMAT, "checkpoint", "remove it and train again")


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Everything a killed run goes on from."""
    buffer = io.BytesIO()
    torch.save({"format": STATE_FORMAT, **state}, buffer)
    write_bytes(path, buffer.getvalue())


def read_state(path: Path) -> dict[str, Any] | None:
    """A saved state (tensors and plain data only, nothing is unpickled into code); None if missing, damaged or old."""
    try:
        record = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # a state that cannot be read is worth nothing: training begins from the start
        return None
    return record if isinstance(record, dict) and record.get("format") == STATE_FORMAT else None


def write_config(out: Path, config: TrainConfig, facts: Mapping[str, Any]) -> None:
    """`config.json`: the config and the facts of the run, for people and for a second look."""
    write_json(out / CONFIG, {"train": config.model_dump(mode="json"), **facts})


def load_method(run: Path, restore: Path | None = None) -> Method[Any]:
    """The method of a finished run, with the restoration of another behind it where one is given. InputError."""
    method = load(run).method
    return method if restore is None else with_restoration(method, restore, str(run))


def with_restoration(method: Method[Any], restore: Path, name: str) -> Restored:
    """A method, spoken of as `name`, with the restoration of a run behind it. InputError where there is none, or the
    method is one itself."""
    restoration = load(restore).method
    if not isinstance(restoration, Restore):
        raise InputError(f"{restore}: holds method {restoration.config.name}, expected a run of method restore")
    if isinstance(method, Restore):
        raise InputError(f"{name}: holds a restoration itself; give a colour method, or leave --restore out")
    return Restored(method, restoration)


def load(run: Path) -> Trained:
    """A finished run. Raises InputError when `run` holds none."""
    found = read_checkpoint(Path(run) / CHECKPOINT)
    if found is None:
        raise InputError(f"{run}: no {CHECKPOINT} here; give a folder written by keyfill train")
    record, weights = found
    config = validate(record["config"], TrainConfig, name=str(Path(run) / CHECKPOINT))
    method = make_method(config.method, 0)
    try:
        method.load_state_dict(weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{run}: the checkpoint does not fit its config: {reason}") from None
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise InputError(f"{run}: the checkpoint holds weights that are no numbers; train again")
    return Trained(method.eval(), config, record["facts"])
