"""The steps of training: a batch, its loss, an update, a moving average of the weights, a look at held-out clips."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from core.errors import InputError, WorkError
from train_baseline.config import TrainConfig
from train_baseline.data.batches import Batch, Frame, Progress, all_of, draw_batch
from train_baseline.methods.loss import total
from train_baseline.methods.lut import apply_lut, blend
from train_baseline.methods.network import Network, make_network

MOST_SKIPPED = 0.05
"""Share of steps without a finite loss or gradient above which training is given up."""


def choose_device(config: TrainConfig) -> torch.device:
    """auto: the GPU where there is one. InputError when cuda is asked for and missing."""
    if config.device == "cuda" and not torch.cuda.is_available():
        raise InputError("train.device: cuda: this machine has no CUDA device; use auto or cpu")
    return torch.device("cuda" if config.device != "cpu" and torch.cuda.is_available() else "cpu")


class Trainer:
    """Everything that changes while training, with `state` and `restore` for an exact resume."""

    def __init__(self, config: TrainConfig, seed: int, frames_at: Callable[[int], list[Frame]], held: list[Frame]):
        self.config, self.seed, self.frames_at, self.held = config, seed, frames_at, held
        self.device = choose_device(config)
        self.autocast = config.precision == "bfloat16" or (config.precision == "auto" and self.device.type == "cuda")
        self.network = make_network(config, seed).to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.step = self.skipped = self.poor_looks = 0
        self.seconds = 0.0
        self.best = math.inf
        self.best_weights: dict[str, torch.Tensor] | None = None
        self.rows: list[dict[str, Any]] = []

    def run(self, keep: Callable[[Trainer], None], progress: Progress | None) -> None:
        """Steps up to the configured number; every `check_every` and at the end a look, then `keep(self)`."""
        last = time.monotonic()
        while self.step < self.config.steps and not self._patience_is_over():
            terms = self.advance()
            now = time.monotonic()
            self.seconds += now - last
            last = now
            if self.step % self.config.check_every == 0 or self.step == self.config.steps:
                self.look(terms)
                keep(self)
            if progress is not None:
                progress(self.step, self.config.steps, f"training, loss {terms.get('loss', math.nan):.4f}")

    def advance(self) -> dict[str, float]:
        """One step; returns its terms. A step whose loss or gradient is no finite number changes nothing."""
        config, rate = self.config, self.learning_rate()
        batch = draw_batch(self.frames_at(self.step), config, self.seed, self.step)
        self.step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        terms = self.terms(self.network, batch)
        terms["loss"].backward()
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
        if config.loss.temporal:
            thumbnails = torch.cat([thumbnails, self._images(batch.following)])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            weights, mattes = network(thumbnails)
        luts, mattes = network.bake(weights.float()), None if mattes is None else mattes.float()
        corrected = self.corrected(network, luts[: len(source)], mattes, source, batch.places)
        coverage = torch.from_numpy(batch.coverage).to(self.device)[:, None].float() / 255
        return total(config.loss, corrected, target, mask, luts, mattes, coverage)

    def corrected(
        self,
        network: Network,
        luts: torch.Tensor,
        mattes: torch.Tensor | None,
        source: torch.Tensor,
        places: np.ndarray,
    ) -> torch.Tensor:
        """`source` `(B, 3, N)` at `places` through each frame's LUT, as far as its matte goes there."""
        share = None
        if mattes is not None:
            grid = torch.from_numpy(places).to(self.device)[:, None]
            share = F.grid_sample(mattes[: len(source)], grid, padding_mode="border", align_corners=False)[:, :, 0]
        return blend(source, apply_lut(luts, source, network.knots), share)

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
            batch = all_of(part, 2048)
            source, target = self._colours(batch.source), self._colours(batch.target)
            weights, mattes = self.average(self._images(batch.thumbnails))
            found = self.corrected(self.average, self.average.bake(weights), mattes, source, batch.places)
            error = found.clamp(0, 1) - target
            squares.append(error.square().mean((1, 2)).cpu().numpy())
        return float(255 * np.sqrt(np.concatenate(squares)).mean())

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, as tensors and plain values."""
        return {
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

    def result(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """The run's facts and the weights that are kept."""
        weights = self.best_weights if self.best_weights is not None else self.average.state_dict()
        frames = self.frames_at(max(self.step - 1, 0))
        facts = {
            "architecture": self.config.architecture,
            "seed": self.seed,
            "steps": self.step,
            "stopped_early": self.step < self.config.steps,
            "skipped_steps": self.skipped,
            "seconds": round(self.seconds, 1),
            "frames": len(frames),
            "clips": len({frame.group for frame in frames}),
            "samples": len({frame.key for frame in frames}),
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "validation_rmse": self.best if math.isfinite(self.best) else None,
        }
        return facts, weights

    def _patience_is_over(self) -> bool:
        return 0 < self.config.patience <= self.poor_looks

    def _images(self, levels: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(levels).to(self.device).permute(0, 3, 1, 2).float() / 255

    def _colours(self, levels: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(levels).to(self.device).permute(0, 2, 1).float() / 255
