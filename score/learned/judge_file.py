"""A taught judge on disk: `judge.npz`, an ordinary archive of arrays with a record in JSON; reading it runs no code."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.errors import InputError
from core.files import write_bytes
from score.learned.given_weights import fitted
from score.learned.preference import Preference

FILE, STATE, LOG, CARD = "judge.npz", "state.pt", "log.csv", "CARD.md"
FORMAT = "keyfill-judge-1"
RECORD = "record"
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


def save_judge(path: Path, record: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> None:
    """Plain data and float32 arrays by name; the same judge is the same bytes."""
    text = json.dumps({"format": FORMAT, **record}, sort_keys=True, allow_nan=False)
    kept = {name: value for name, value in sorted(weights.items()) if value.is_floating_point()}
    arrays = {name: value.detach().cpu().float().numpy() for name, value in kept.items()}
    stored = io.BytesIO()
    np.savez_compressed(stored, **{RECORD: np.array(text)}, **arrays)
    write_bytes(path, stored.getvalue())


def read_judge(folder: Path | None = None) -> Judge:
    """The judge in a folder that `keyfill teach` wrote, or (None) the one in the package. InputError in one line:
    there is none, it is damaged, of another version, or its arrays do not fit."""
    path = Path(folder or PACKAGED) / FILE
    if not path.is_file():
        if folder is None:
            raise InputError(
                "this copy of keyfill comes without a judge; teach one (keyfill teach) and give it with --judge"
            )
        raise InputError(f"{folder}: no {FILE} here; give a folder written by keyfill teach")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            record = json.loads(str(arrays[RECORD]))
            weights = {name: torch.from_numpy(arrays[name].copy()) for name in arrays.files if name != RECORD}
    except Exception as error:  # numpy, zlib and zipfile raise many kinds for a damaged file
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: not a readable judge ({reason}); teach it again") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise InputError(f"{path}: not a judge of this version; teach it again")
    network = Preference()
    fitted(network, weights, str(path), "a judge")
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise InputError(f"{path}: holds weights that are no numbers; teach it again")
    return Judge(network.requires_grad_(False).eval(), record)
