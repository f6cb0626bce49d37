"""Teaching a judge: batches of comparisons, a loss, an average of weights; on a CPU the same input gives the same
judge."""

from __future__ import annotations

import copy
import io
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from core.errors import WorkError
from core.files import write_bytes
from core.progress import Progress, silent
from core.rng import rng_for
from score.learned.comparisons import Framing, Group, delivered_group, group_of
from score.learned.factors import NAMES
from score.learned.judge_config import JudgeConfig
from score.learned.moments import Moment
from score.learned.preference import CAST, EYES, Preference, Sight, casts_of
from score.learned.wall_lessons import Walls, walls_of

STATE_FORMAT = "keyfill-teach-4"
ABSOLUTE, BETWEEN, ORDER, WHERE, WALLS = 1.0, 3.0, 0.3, 0.5, 1.0
"""Weights of the loss: severities, their differences within a moment, which version is better, where face and person
are, and casts of walls."""
WALLS_A_STEP = 32
FASTER = 5.0
"""Rate of small parts against the rest, that few numbers come into: weights of factors, what is made of slopes and
walls."""
SMALL_PARTS = ("cost", "slope", "wall")
WIDE = 1.0
"""Errors of a severity below this count squared: most versions have none of most faults, and what counts every error
alike would learn to say none."""
LEAST_COST, MOST_COST = 0.3, 8.0
"""Bounds of a factor's weight: no factor may come to count for nothing, or for everything."""


@dataclass(frozen=True, eq=False)
class Batch:
    """`clips` `(N, T, 3, H, W)`, `severities` `(N, 11)`, `places` `(N, 2, H, W)`; `pairs` `(P, 2)`: better and worse;
    `same` `(Q, 2)`: versions of one moment; `kinds`: of each of `pairs`."""

    clips: torch.Tensor
    severities: torch.Tensor
    places: torch.Tensor
    pairs: torch.Tensor
    same: torch.Tensor
    kinds: tuple[str, ...]


def batch_of(moments: Sequence[Moment], config: JudgeConfig, seed: int, number: int, stage: str = "batch") -> Batch:
    """The batch of a step: all that is drawn follows from the seed and the step."""
    rng = rng_for(seed, "judge", stage, number)
    frames = 1 if rng.random() < config.single else config.frames
    picked = [moments[int(i)] for i in rng.integers(0, len(moments), 2 * config.groups)]
    framing = Framing.drawn(picked, rng)
    groups: list[Group] = []
    for moment, behind in zip(picked[: config.groups], picked[config.groups :], strict=True):
        group = None
        if moment.degraded is not None and len(moment.source) >= frames and rng.random() < config.pairs_share:
            group = delivered_group(moment, framing, frames, rng)
        groups.append(group or group_of(moment, behind, framing, frames, config, rng))
    return batched(groups)


def batched(groups: Sequence[Group]) -> Batch:
    """Groups of clips of one size as tensors."""
    clips = torch.from_numpy(np.concatenate([group.clips for group in groups])).permute(0, 1, 4, 2, 3).contiguous()
    severities = torch.from_numpy(np.concatenate([group.severities for group in groups]))
    places = np.concatenate([np.repeat(group.places[None], len(group.clips), 0) for group in groups])
    pairs, same, kinds, first = [], [], [], 0
    for group in groups:
        pairs += [(first + better, first + worse) for better, worse, _ in group.answers]
        kinds += [kind for *_, kind in group.answers]
        same += [(first + i, first + j) for i in range(len(group.clips)) for j in range(i)]
        first += len(group.clips)
    as_rows = lambda rows: torch.tensor(rows, dtype=torch.long).reshape(-1, 2)
    return Batch(clips, severities, torch.from_numpy(places), as_rows(pairs), as_rows(same), tuple(kinds))


def loss_of(network: Preference, batch: Batch, walls: Walls | None = None) -> dict[str, torch.Tensor]:
    """What is missing: severities, their differences between versions of a moment, and known answers; with `walls`,
    casts behind the person."""
    sight, logits, fine = network.sight(batch.clips)
    there = lambda logits, places: F.binary_cross_entropy_with_logits(
        logits, F.interpolate(places, logits.shape[2:], mode="area")
    )
    where = there(logits, batch.places) + there(fine, batch.places[:, 1:])
    terms = loss_of_sight(network, sight, batch, walls)
    return {**terms, "loss": terms["loss"] + WHERE * where, "where": where}


def loss_of_sight(
    network: Preference, sight: Sight, batch: Batch, walls: Walls | None = None
) -> dict[str, torch.Tensor]:
    """The same of what was seen of a batch, whose clips and places are not needed."""
    views = network.concluded(sight)
    known = batch.severities.isfinite()
    wanted = torch.where(known, batch.severities, 0)
    counts = known & ~torch.tensor([not sight.moves and name == "flicker" for name in NAMES])
    alone = torch.tensor([number != CAST for number in range(len(NAMES))])
    absolute = _mean(F.smooth_l1_loss(views[:, : len(NAMES)], wanted, reduction="none", beta=WIDE), counts & alone)
    one, other = batch.same.unbind(1)
    sides = network.between(views[one], views[other])
    gap = F.smooth_l1_loss(sides[0] - sides[1], wanted[one] - wanted[other], reduction="none", beta=WIDE)
    between = _mean(gap, counts[one] & counts[other])
    better, worse = batch.pairs.unbind(1)
    odds = network.log_odds(views[better], views[worse])
    order = F.softplus(-odds).sum() / max(len(better), 1)
    right = (odds > 0).float().sum() / max(len(better), 1)
    loss = ABSOLUTE * absolute + BETWEEN * between + ORDER * order
    terms = {"severity": absolute, "between": between, "order": order, "right": right}
    if walls is not None:
        terms["walls"] = wall_loss(network, walls)
        loss = loss + WALLS * terms["walls"]
    return {"loss": loss, **terms}


def wall_loss(network: Preference, walls: Walls) -> torch.Tensor:
    """What is missing in the differences of casts of two pictures of one wall, and which is the stranger."""
    mild, strong = network.strangeness(walls.facts.flatten(0, 1))[:, 0].chunk(2)
    casts = casts_of(walls.apart, strong - mild)
    gap = casts[0] - casts[1]
    order = F.softplus(-network.weights[CAST].detach() * gap).mean()
    return F.smooth_l1_loss(gap, walls.gap, beta=WIDE) + ORDER * order


def _mean(values: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    return (values * counts).sum() / counts.sum().clamp(min=1)


class Teacher:
    """All that changes while a judge is taught, with `state` and `restore` for an exact resume. One that begins with
    the weights of another keeps its eyes as they are, and what they saw, to conclude from it again."""

    def __init__(
        self,
        moments: Sequence[Moment],
        config: JudgeConfig,
        seed: int,
        start: Mapping[str, torch.Tensor] | None = None,
    ):
        self.moments, self.config, self.seed = moments, config, seed
        with torch.random.fork_rng():
            torch.manual_seed(int(rng_for(seed, "judge", "start").integers(2**31)))
            self.network = Preference()
        self.network.train()
        if start is not None:
            self.network.load_state_dict(start, strict=False)
            for name in (*EYES, "head"):
                self.network.get_submodule(name).requires_grad_(False).eval()
        self.begun = start is not None
        self.seen: list[tuple[Sight, Batch, Walls]] = []
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        learned = {name: value for name, value in self.network.named_parameters() if value.requires_grad}
        small = [value for name, value in learned.items() if name.split(".")[0] in SMALL_PARTS]
        parts: list[dict[str, Any]] = [
            {"params": [value for name, value in learned.items() if name.split(".")[0] not in SMALL_PARTS]},
            {"params": small, "weight_decay": 0.0, "times": FASTER},
        ]
        self.optimizer = torch.optim.AdamW(
            parts,
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
        )
        self.step = self.skipped = 0
        self.seconds = 0.0
        self.rows: list[dict[str, float]] = []

    def run(self, keep: Callable[[Teacher], None], progress: Progress = silent) -> None:
        """Steps up to the configured number; `keep(self)` every `check_every` and at the end."""
        sums: dict[str, list[float]] = {}
        last = time.monotonic()
        while self.step < self.config.steps:
            for name, value in self.advance().items():
                sums.setdefault(name, []).append(value)
            now = time.monotonic()
            self.seconds, last = self.seconds + now - last, now
            if self.step % self.config.check_every == 0 or self.step == self.config.steps:
                self.rows.append({"step": self.step, **{name: float(np.mean(values)) for name, values in sums.items()}})
                sums = {}
                keep(self)
            right = sums.get("right") or [row["right"] for row in self.rows[-1:] if "right" in row]
            progress(self.step, self.config.steps, f"teaching, {np.mean(right):.3f} right" if right else "teaching")

    def advance(self) -> dict[str, float]:
        """One step; returns its terms. A step whose loss or gradient is no finite number changes nothing."""
        batch = batch_of(self.moments, self.config, self.seed, self.step)
        rng = rng_for(self.seed, "judge", "walls", self.step)
        walls = walls_of(self.moments, WALLS_A_STEP, self.config, rng)
        rise, fall = min(1.0, (self.step + 1) / 30), (1 + math.cos(math.pi * self.step / self.config.steps)) / 2
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * rise * (0.01 + 0.99 * fall) * group.get("times", 1.0)
        self.step += 1
        quick = lambda: torch.autocast("cpu", torch.bfloat16, enabled=self.config.bfloat16)
        if not self.begun:
            with quick():
                terms = loss_of(self.network, batch, walls)
            return self._moved(terms)
        with torch.no_grad(), quick():
            sight = self.network.sight(batch.clips)[0]
        nothing = torch.empty(0)
        self.seen.append((sight, replace(batch, clips=nothing, places=nothing), walls))
        told = self._moved(loss_of_sight(self.network, *self.seen[-1]))
        for number in rng.integers(0, len(self.seen), self.config.again):
            self._moved(loss_of_sight(self.network, *self.seen[number]))
        return told

    def _moved(self, terms: dict[str, torch.Tensor]) -> dict[str, float]:
        """Weights and their average moved by a loss, whose terms are returned."""
        self.optimizer.zero_grad(set_to_none=True)
        terms["loss"].backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        if not (torch.isfinite(norm) and torch.isfinite(terms["loss"])):
            self.skipped += 1
            if self.skipped > max(10, self.config.steps // 20):
                raise WorkError(
                    f"teaching: {self.skipped} of {self.step} steps were not finite; lower judge.learning_rate"
                )
            return {}
        self.optimizer.step()
        decay = min(self.config.average, self.step / (self.step + 10)) if self.config.average else 0.0
        with torch.no_grad():
            low, high = (math.log(math.expm1(bound)) for bound in (LEAST_COST, MOST_COST))
            self.network.cost.clamp_(low, high)
            for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)
            for state, now in zip(self.average.buffers(), self.network.buffers(), strict=True):
                state.copy_(torch.lerp(state, now, 1 - decay) if now.is_floating_point() else now)
        return {name: float(value.detach()) for name, value in terms.items()}

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, tensors and plain values."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "skipped": self.skipped,
            "seconds": self.seconds,
            "rows": self.rows,
            "seen": [tuple(vars(part) for part in row) for row in self.seen],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on exactly from a saved `state`."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.skipped, self.seconds = state["step"], state["skipped"], state["seconds"]
        self.rows = list(state["rows"])
        self.seen = [(Sight(**sight), Batch(**batch), Walls(**walls)) for sight, batch, walls in state["seen"]]


def save_state(path: Path, mark: str, teacher: Teacher) -> None:
    """What a killed run goes on from."""
    stored = io.BytesIO()
    torch.save({"format": STATE_FORMAT, "fingerprint": mark, **teacher.state()}, stored)
    write_bytes(path, stored.getvalue())


def read_state(path: Path, mark: str | None = None) -> dict[str, Any] | None:
    """A saved state (nothing in it is run); None where there is none, it is damaged or, given `mark`, of another
    run."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # a state that cannot be read is worth nothing: teaching begins from the start
        return None
    if not isinstance(state, dict) or state.get("format") != STATE_FORMAT:
        return None
    return state if mark in (None, state.get("fingerprint")) else None
