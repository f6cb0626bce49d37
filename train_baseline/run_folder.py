"""A run folder: `checkpoint.pt` (what is kept), `config.json`, `log.csv`; `state.pt` while training is under way."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pairs.config import validate
from pairs.errors import InputError, WorkError
from pairs.manifest import load_manifest, write_json
from train_baseline.config import TrainConfig
from train_baseline.network import Network, make_network

CHECKPOINT, STATE, CONFIG, LOG = "checkpoint.pt", "state.pt", "config.json", "log.csv"
FORMAT = "keyfill-train-1"


@dataclass(frozen=True, eq=False)
class Trained:
    """A run read back: its network (float32, on the CPU, not training), config, and what is known of its training."""

    network: Network
    config: TrainConfig
    facts: dict[str, Any]


def fingerprint(pairs_folder: Path, config: TrainConfig, seed: int) -> str:
    """What a result depends on, as one SHA-256: data (each shard's hash), config and seed."""
    record = [FORMAT, data_hash(pairs_folder), config.model_dump(mode="json"), seed]
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


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


def read_report(path: Path, of: Any) -> dict[str, Any] | None:
    """A JSON report whose "of" says that it was made from just this, or None: then the work is to be done."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) and report.get("of") == of else None


def save(path: Path, record: Mapping[str, Any]) -> None:
    """`torch.save` under a temporary name, then renamed: never half a file. Raises WorkError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            torch.save(dict(record), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise WorkError(f"{path}: cannot be written: {error.strerror or error}") from error


def read(path: Path) -> dict[str, Any] | None:
    """A file of ours (tensors and plain data only, nothing is unpickled into code), or None where there is none."""
    if not path.exists():
        return None
    try:
        record = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not a readable checkpoint ({reason}); remove it and train again") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise InputError(f"{path}: not a checkpoint of this version; remove it and train again")
    return record


def write_config(out: Path, config: TrainConfig, facts: Mapping[str, Any]) -> None:
    """`config.json`: the config and the facts of the run, for people and for a second look."""
    write_json(out / CONFIG, {"train": config.model_dump(mode="json"), **facts})


def load(run: Path) -> Trained:
    """A finished run. Raises InputError when `run` holds none."""
    record = read(Path(run) / CHECKPOINT)
    if record is None:
        raise InputError(f"{run}: no {CHECKPOINT} here; give a folder written by keyfill train")
    config = validate(json.loads(record["config"]), TrainConfig, name=str(Path(run) / CHECKPOINT))
    network = make_network(config, 0)
    try:
        network.load_state_dict({name: value.float() for name, value in record["weights"].items()})
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{run}: the checkpoint does not fit its config: {reason}") from None
    return Trained(network.eval(), config, json.loads(record["facts"]))
