"""The steps of training, whatever the method: a batch, its loss, an update, the average of weights, validation."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import numpy as np
import torch

from core.errors import InputError, WorkError
from core.progress import Progress, silent
from train_baseline.config import TrainConfig
from train_baseline.data.batches import all_of, draw_batch
from train_baseline.data.frames import Frame
from train_baseline.methods.base import Method

MOST_SKIPPED = 0.05
"""Share of steps without a finite loss or gradient above which training is given up."""
MOST_BLACK = 25
"""Steps in a row whose pictures may all come out black: a network that has got there seldom comes back."""


def choose_device(config: TrainConfig) -> torch.device:
    """auto: the GPU where there is one. InputError when cuda is asked for and missing."""
    if config.device == "cuda" and not torch.cuda.is_available():
        raise InputError("train.device: cuda: this machine has no CUDA device; use auto or cpu")
    return torch.device("cuda" if config.device != "cpu" and torch.cuda.is_available() else "cpu")


class Trainer:
    """Everything that changes while training, with `state` and `restore` for an exact resume."""

    def __init__(
        self,
        method: Method[Any],
        config: TrainConfig,
        seed: int,
        frames_at: Callable[[int], list[Frame]],
        validation_frames: Iterable[Frame] = (),
    ):
        self.config, self.seed, self.frames_at, self.validation_frames = config, seed, frames_at, validation_frames
        self.device = choose_device(config)
        self.method = method.to(self.device).train()
        self.average = copy.deepcopy(self.method).requires_grad_(False).eval()
        self.method.half_precision = config.precision == "bfloat16" or (
            config.precision == "auto" and self.device.type == "cuda"
        )
        self.optimizer = torch.optim.AdamW(
            self.method.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.step = self.skipped = self.bad_checks = self.black = 0
        self.seconds = 0.0
        self.best = math.inf
        self.best_weights: dict[str, torch.Tensor] | None = None
        self.rows: list[dict[str, Any]] = []

    def run(self, keep: Callable[[Trainer], None], progress: Progress = silent) -> None:
        """Steps up to the configured number; every `check_every` and at the end validation, then `keep(self)`."""
        last = time.monotonic()
        while self.step < self.config.steps and not self._patience_is_over():
            terms = self.advance()
            now = time.monotonic()
            self.seconds += now - last
            last = now
            if self.step % self.config.check_every == 0 or self.step == self.config.steps:
                self.validate_and_log(terms)
                keep(self)
            progress(self.step, self.config.steps, f"training, loss {terms.get('loss', math.nan):.4f}")

    def advance(self) -> dict[str, float]:
        """One step; returns its terms. A step whose loss or gradient is no finite number changes nothing."""
        config, rate = self.config, self.learning_rate()
        batch = draw_batch(self.frames_at(self.step), config, self.method.sees, self.seed, self.step, self.device)
        self.step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        terms = self.method.loss(batch)
        terms["loss"].backward()
        norm = torch.nn.utils.clip_grad_norm_(self.method.parameters(), 1.0)
        if not (torch.isfinite(norm) and torch.isfinite(terms["loss"])):
            self.skipped += 1
            if self.skipped > max(10, MOST_SKIPPED * config.steps):
                raise WorkError(f"training: {self.skipped} of {self.step} steps were not finite; lower learning_rate")
            return {}
        self.black = self.black + 1 if float(terms.get("black", 0)) == 1 else 0
        if self.black >= MOST_BLACK:
            raise WorkError(
                f"training: every picture of {MOST_BLACK} steps came out black, up to step {self.step}; lower "
                "learning_rate, or train with another seed"
            )
        self.optimizer.step()
        decay = min(config.average, self.step / (self.step + 10)) if config.average else 0.0
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.method.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)
            for state, now in zip(self.average.buffers(), self.method.buffers(), strict=True):
                state.copy_(now)
        return {name: float(value.detach()) for name, value in terms.items()}

    def learning_rate(self) -> float:
        """Cosine from the configured rate to a hundredth of it, after 20 steps of rising."""
        progress = self.step / self.config.steps
        fall = 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2
        return self.config.learning_rate * fall * min(1.0, (self.step + 1) / 20)

    def validate_and_log(self, terms: dict[str, float]) -> None:
        """A row for the log; with validation clips, their error under the averaged weights and the best so far."""
        row: dict[str, Any] = {
            "step": self.step,
            **{name: terms[name] for name in ("loss", *self.method.terms) if name in terms},
        }
        row |= {"learning_rate": self.learning_rate(), "skipped": self.skipped}
        error = self.validate()
        if error is not None:
            row["validation"] = error
            if error < self.best - 1e-5:
                self.best, self.bad_checks = error, 0
                self.best_weights = {name: value.clone() for name, value in self.average.state_dict().items()}
            else:
                self.bad_checks += 1
        self.rows.append(row)

    @torch.no_grad()
    def validate(self) -> float | None:
        """Root mean square error in levels (0-255) over each held-out frame, of methods that see pixels over 2,048
        pixels of it; None where no clips are held out."""
        squares: list[np.ndarray] = []
        frames = iter(self.validation_frames)
        size = self.config.batch if self.method.sees.kind == "pixels" else 1
        while part := list(islice(frames, size)):
            batch = all_of(part, self.method.sees, 2048, self.device)
            error = self.average.corrected(batch).clamp(0, 1) - self.average.answer(batch)
            squares.append(error.square().mean(tuple(range(1, error.ndim))).cpu().numpy())
        return float(255 * np.sqrt(np.concatenate(squares)).mean()) if squares else None

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, as tensors and plain values."""
        return {
            "method": self.method.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best_weights": self.best_weights,
            "counters": {
                "step": self.step,
                "skipped": self.skipped,
                "bad_checks": self.bad_checks,
                "black": self.black,
                "seconds": self.seconds,
                "best": self.best,
            },
            "rows": json.dumps(self.rows),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on exactly from a saved `state`."""
        self.method.load_state_dict(state["method"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best_weights = state["best_weights"]
        for name, value in state["counters"].items():
            setattr(self, name, value)
        self.rows = json.loads(state["rows"])

    def result(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """The run's facts and the weights that are kept."""
        weights = self.best_weights if self.best_weights is not None else self.average.state_dict()
        facts = {
            "method": self.config.method.name,
            "seed": self.seed,
            "steps": self.step,
            "stopped_early": self.step < self.config.steps,
            "skipped_steps": self.skipped,
            "seconds": round(self.seconds, 1),
            "parameters": self.method.count(),
            "validation_rmse": self.best if math.isfinite(self.best) else None,
        }
        return facts, weights

    def _patience_is_over(self) -> bool:
        return 0 < self.config.patience <= self.bad_checks
