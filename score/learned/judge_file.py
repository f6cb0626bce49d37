"""A taught judge on disk, `judge.npz` (see `stored_weights`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.errors import InputError
from score.learned.given_weights import fitted
from score.learned.preference import EYES, Preference
from score.learned.stored_weights import read_weights, save_weights

FILE, STATE, LOG, CARD = "judge.npz", "state.pt", "log.csv", "CARD.md"
FORMAT = "keyfill-judge-4"
EARLIER = ("keyfill-judge-3",)
"""Formats whose judges see with the same eyes, and conclude otherwise: what is taught may begin with them."""
PACKAGED = Path(__file__).parent / "judge"


@dataclass(frozen=True, eq=False)
class Judge:
    """A judge read back, in evaluation on the CPU, and what is known of its teaching."""

    network: Preference
    record: dict[str, Any]

    @property
    def frames(self) -> int:
        """How many frames of a clip it sees at a time."""
        return int(self.record["config"]["frames"])

    @property
    def name(self) -> str:
        """What reports call it: its format and the beginning of what it was made from."""
        return f"{self.record['format']} {self.record['fingerprint'][:12]}"


@dataclass(frozen=True, eq=False)
class Start:
    """What a judge begins with: of which judge (`mark`, its format and fingerprint), and its `weights` by name."""

    mark: str
    weights: Mapping[str, torch.Tensor]


def save_judge(path: Path, record: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> None:
    """Plain data and float32 arrays by name; the same judge is the same bytes."""
    save_weights(path, FORMAT, record, {name: one for name, one in weights.items() if one.is_floating_point()})


def read_judge(folder: Path | None = None) -> Judge:
    """The judge in a folder that `keyfill teach` wrote, or (None) the one in the package. InputError in one line:
    there is none, it is damaged, of another version, or its arrays do not fit."""
    path = _file_in(folder)
    record, weights = read_weights(path, FORMAT, "judge", "teach it again")
    network = Preference()
    fitted(network, weights, str(path), "a judge")
    _require_numbers(path, weights)
    return Judge(network.requires_grad_(False).eval(), record)


def read_start(folder: Path | None = None) -> Start:
    """What another judge can begin with, from the same places; judges of `EARLIER` formats too. InputError as
    `read_judge`."""
    path = _file_in(folder)
    record, weights = read_weights(path, (FORMAT, *EARLIER), "judge", "give another")
    wanted = Preference().state_dict()
    eyes = [name for name in wanted if name.split(".")[0] in EYES and not name.endswith("num_batches_tracked")]
    for name in (*eyes, *weights):
        if name not in weights or name not in wanted or weights[name].shape != wanted[name].shape:
            raise InputError(f"{path}: {name} is not there, or does not fit; give another judge to begin with")
    _require_numbers(path, weights)
    return Start(f"{record['format']} {record['fingerprint']}", weights)


def _file_in(folder: Path | None) -> Path:
    path = Path(folder or PACKAGED) / FILE
    if path.is_file():
        return path
    if folder is None:
        raise InputError(
            "this copy of keyfill comes without a judge; teach one (keyfill teach) and give it with --judge"
        )
    raise InputError(f"{folder}: no {FILE} here; give a folder written by keyfill teach")


def _require_numbers(path: Path, weights: Mapping[str, torch.Tensor]) -> None:
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise InputError(f"{path}: holds weights that are no numbers; teach it again")
