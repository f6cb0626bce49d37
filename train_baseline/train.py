"""Training: pair shards in, a run folder out. Deterministic on a CPU; a killed run goes on where it was."""

from __future__ import annotations

import copy
import csv
import io
import json
import math
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pairs.errors import InputError, WorkError
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.data import Batch, Frame, Progress, draw_batch, hold_out, load_frames
from train_baseline.loss import total
from train_baseline.lut import apply_lut, knot_values
from train_baseline.network import Network, make_network

COLUMNS = ("step", "loss", "l1", "cosine", "smooth", "monotone", "temporal", "validation", "learning_rate", "skipped")
MOST_SKIPPED = 0.05
"""Share of steps without a finite loss or gradient above which training is given up."""


def train(
    pairs_folder: Path, config: TrainConfig, out: Path, progress: Progress | None = None, seed: int = 0
) -> dict[str, Any]:
    """Train on the train split of `pairs_folder`; writes `checkpoint.pt`, `config.json`, `log.csv` under `out`.

    Returns the run's facts (steps, seconds, errors, skipped steps). A finished run with the same data, config and seed
    is left as it is; an unfinished one is resumed exactly; any other is replaced. InputError: no such data, or a
    folder that cannot be written; WorkError: the loss is no number too often.
    """
    pairs_folder, out = Path(pairs_folder), Path(out)
    mark = run_folder.fingerprint(pairs_folder, config, seed)
    done = _same(out / run_folder.CHECKPOINT, mark)
    if done is not None:
        return json.loads(done["facts"])
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}; choose another --out") from None
    frames = load_frames(pairs_folder, "train", config.frames, config.height, progress)
    kept, held = hold_out(frames, config.validation, seed)
    trainer = Trainer(config, seed, kept, held)
    state = _same(out / run_folder.STATE, mark)
    if state is not None:
        trainer.restore(state)
    trainer.run(out, mark, progress)
    return trainer.finish(out, mark)


def _same(path: Path, mark: str) -> dict[str, Any] | None:
    try:
        record = run_folder.read(path)
    except InputError:
        return None
    return record if record is not None and record["fingerprint"] == mark else None


def choose_device(config: TrainConfig) -> torch.device:
    """auto: the GPU where there is one. InputError when cuda is asked for and missing."""
    if config.device == "cuda" and not torch.cuda.is_available():
        raise InputError("train.device: cuda: this machine has no CUDA device; use auto or cpu")
    return torch.device("cuda" if config.device != "cpu" and torch.cuda.is_available() else "cpu")


class Trainer:
    """Everything that changes while training, with `state` and `restore` for an exact resume."""

    def __init__(self, config: TrainConfig, seed: int, frames: list[Frame], held: list[Frame]):
        self.config, self.seed, self.frames, self.held = config, seed, frames, held
        self.device = choose_device(config)
        self.autocast = config.precision == "bfloat16" or (config.precision == "auto" and self.device.type == "cuda")
        self.network = make_network(config, seed).to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate)
        self.spacing = knot_values(self.network.knots).diff().to(self.device)
        self.step = self.skipped = self.poor_looks = 0
        self.seconds = 0.0
        self.best = math.inf
        self.best_weights: dict[str, torch.Tensor] | None = None
        self.rows: list[dict[str, Any]] = []

    def run(self, out: Path, mark: str, progress: Progress | None) -> None:
        """Steps up to the configured number, a look and a saved state every `check_every`."""
        last = time.monotonic()
        while self.step < self.config.steps and not self._patience_is_over():
            terms = self.advance()
            now = time.monotonic()
            self.seconds += now - last
            last = now
            if self.step % self.config.check_every == 0 or self.step == self.config.steps:
                self.look(terms)
                _write_log(out / run_folder.LOG, self.rows)
                run_folder.save(out / run_folder.STATE, self.state(mark))
            if progress is not None:
                progress(self.step, self.config.steps, f"training, loss {terms.get('loss', math.nan):.4f}")

    def advance(self) -> dict[str, float]:
        """One step; returns its terms. A step whose loss or gradient is no finite number changes nothing."""
        config, rate = self.config, self.learning_rate()
        batch = draw_batch(self.frames, config.batch, config.pixels, self.seed, self.step)
        self.step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        terms = self.terms(self.network, batch)
        terms["loss"].backward()
        if self.step <= config.warmup * config.steps:
            for parameter in self.network.residual_parameters():
                parameter.grad = None
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        if not (torch.isfinite(norm) and torch.isfinite(terms["loss"])):
            self.skipped += 1
            if self.skipped > max(10, MOST_SKIPPED * config.steps):
                raise WorkError(f"training: {self.skipped} of {self.step} steps were not finite; lower learning_rate")
            return {}
        self.optimizer.step()
        decay = min(config.average, self.step / (self.step + 10)) if config.average else 0.0
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)
        return {name: float(value.detach()) for name, value in terms.items()}

    def learning_rate(self) -> float:
        """Cosine from the configured rate to a hundredth of it, after 20 steps of rising."""
        progress = self.step / self.config.steps
        fall = 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2
        return self.config.learning_rate * fall * min(1.0, (self.step + 1) / 20)

    def terms(self, network: Network, batch: Batch) -> dict[str, torch.Tensor]:
        """The loss of a batch and its parts."""
        config = self.config
        source, target = self._colours(batch.source), self._colours(batch.target)
        mask = torch.from_numpy(batch.mask).to(self.device).float() / 255
        thumbnails = self._images(batch.thumbnails)
        # neighbouring frames cost as much as others in the network, so a quarter of the batch has one
        pairs = -(-len(batch.source) // 4) if config.loss.temporal else 0
        thumbnails = torch.cat([thumbnails, self._images(batch.following[:pairs])])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            weights = network.predict(thumbnails)
        luts = network.bake(weights.float())
        lut, following = luts[: len(source)], luts[len(source) :]
        corrected = apply_lut(lut, source, network.knots)
        return total(config.loss, corrected, target, mask, lut, following, self.spacing)

    def look(self, terms: dict[str, float]) -> None:
        """A row for the log; with validation clips, their error under the averaged weights and the best so far."""
        row = {"step": self.step, **terms, "learning_rate": self.learning_rate(), "skipped": self.skipped}
        if self.held:
            row["validation"] = self.validate()
            if row["validation"] < self.best - 1e-5:
                self.best, self.poor_looks = row["validation"], 0
                self.best_weights = {name: value.clone() for name, value in self.average.state_dict().items()}
            else:
                self.poor_looks += 1
        self.rows.append(row)

    @torch.no_grad()
    def validate(self) -> float:
        """Root mean square error in levels (0-255) over 2,048 pixels of each held-out frame."""
        squares = []
        for start in range(0, len(self.held), self.config.batch):
            part = self.held[start : start + self.config.batch]
            batch = draw_all(part, 2048)
            source, target = self._colours(batch.source), self._colours(batch.target)
            lut = self.average.bake(self.average.predict(self._images(batch.thumbnails)))
            error = apply_lut(lut, source, self.average.knots).clamp(0, 1) - target
            squares.append(error.square().mean((1, 2)).cpu().numpy())
        return float(255 * np.sqrt(np.concatenate(squares)).mean())

    def state(self, mark: str) -> dict[str, Any]:
        """All that `restore` needs, as tensors and plain values."""
        return {
            "format": run_folder.FORMAT,
            "fingerprint": mark,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best_weights": self.best_weights,
            "counters": {
                "step": self.step,
                "skipped": self.skipped,
                "poor_looks": self.poor_looks,
                "seconds": self.seconds,
                "best": self.best,
            },
            "rows": json.dumps(self.rows),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on exactly from a saved `state`."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best_weights = state["best_weights"]
        for name, value in state["counters"].items():
            setattr(self, name, value)
        self.rows = json.loads(state["rows"])

    def finish(self, out: Path, mark: str) -> dict[str, Any]:
        """Write what is kept, drop the state; returns the facts."""
        weights = self.best_weights if self.best_weights is not None else self.average.state_dict()
        facts = {
            "architecture": self.config.architecture,
            "seed": self.seed,
            "fingerprint": mark,
            "steps": self.step,
            "stopped_early": self.step < self.config.steps,
            "skipped_steps": self.skipped,
            "seconds": round(self.seconds, 1),
            "frames": len(self.frames),
            "clips": len({frame.group for frame in self.frames}),
            "samples": len({frame.key for frame in self.frames}),
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "validation_rmse": self.best if math.isfinite(self.best) else None,
        }
        run_folder.write_config(out, self.config, facts)
        _write_log(out / run_folder.LOG, self.rows)
        record = {
            "format": run_folder.FORMAT,
            "fingerprint": mark,
            "config": json.dumps(self.config.model_dump(mode="json"), sort_keys=True),
            "facts": json.dumps(facts, sort_keys=True),
            "weights": {name: value.cpu() for name, value in weights.items()},
        }
        run_folder.save(out / run_folder.CHECKPOINT, record)
        (out / run_folder.STATE).unlink(missing_ok=True)
        return facts

    def _patience_is_over(self) -> bool:
        return 0 < self.config.patience <= self.poor_looks

    def _images(self, levels: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(levels).to(self.device).permute(0, 3, 1, 2).float() / 255

    def _colours(self, levels: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(levels).to(self.device).permute(0, 2, 1).float() / 255


def draw_all(frames: list[Frame], pixels: int) -> Batch:
    """All of `frames` as a batch, with `pixels` evenly spaced pixels of each."""
    spots = [np.linspace(0, len(f.source) - 1, pixels).astype(np.int64) for f in frames]
    return Batch(
        np.stack([f.thumbnail for f in frames]),
        np.stack([f.following for f in frames]),
        np.stack([f.source[s] for f, s in zip(frames, spots, strict=True)]),
        np.stack([f.target[s] for f, s in zip(frames, spots, strict=True)]),
        np.stack([f.mask[s] for f, s in zip(frames, spots, strict=True)]),
    )


def _write_log(path: Path, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text.getvalue(), encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        raise WorkError(f"{path}: cannot be written: {error.strerror or error}") from error
