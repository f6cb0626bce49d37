"""What each part of training is worth: the model trained with and without it, on the same data and the same seeds.

    python benchmarks/model_ablation.py CLEAN --config CONFIG [--seeds 4] [--set train.steps=250] [--only NAME ...]

CLEAN: clean shards, degraded once as the config's `degrade` section says, the train split to learn from and the test
split to measure on; a still is shown twice, with other noise. Prints for each variant the error on the whole frame and
on the subject, in levels, and flicker of the correction between the two frames, as means over seeds, and by how much
subject and flicker differ from those as configured, with 95% intervals: bootstrap over the people of the test split,
each with all of its lightings, and over the seeds, whose own differences count as they would in another run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from core.rng import rng_for
from degrade.config import DegradeConfig
from keyfill.run_config import load_part
from score.fidelity.measures import inside_of
from score.learned.threads import one_thread
from train_baseline.config import LossConfig, TrainConfig
from train_baseline.data.frames import Degrading, Frame, load_frames
from train_baseline.methods.base import thumbnail
from train_baseline.methods.loss import total
from train_baseline.methods.lut import DARK_KNOTS, UNIFORM_KNOTS, apply_to_frame, knot_values
from train_baseline.methods.lut_method import LutMethod
from train_baseline.methods.make import make_method
from train_baseline.trainer import Trainer

VARIANTS: dict[str, dict[str, Any]] = {
    "as configured": {},
    "no temporal term": {"method.loss.temporal": 0.0},
    "no subject weight": {"method.loss.subject": 0.0},
    "no moving average": {"average": 0.0},
    "no weight decay": {"weight_decay": 0.0},
    "no cropping": {"crop": 0.0},
    "no exposure, balance": {"exposure": 0.0, "balance": 0.0},
    "grid of 2": {"method.grid": 2},
    "no matte": {"method.matte": False},
    "no cross-entropy of the matte": {"method.loss.matte": 0.0},
    "Zeng's bases": {"method": {"name": "zeng"}},
}


def l1(corrected: torch.Tensor, target: torch.Tensor, importance: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of `(B, 3, N)` sRGB `[0, 1]`, pixels weighted by `importance` `(B, N)`."""
    return ((corrected - target).abs().mean(1) * importance).sum() / importance.sum()


def cosine(corrected: torch.Tensor, target: torch.Tensor, importance: torch.Tensor) -> torch.Tensor:
    """1 - cosine of the angle between colours (Zhang et al., CLUT-Net, ACM MM 2022); black counts nothing."""
    lengths = (corrected.square().sum(1) * target.square().sum(1) + 1e-12).sqrt()
    angle = 1 - (corrected * target).sum(1) / lengths.clamp(min=1e-3)
    return (angle * importance * (lengths > 1e-3)).sum() / importance.sum()


def monotonicity(luts: torch.Tensor) -> torch.Tensor:
    """Mean fall of each output channel along its own input axis (Zeng et al., TPAMI 2020, equation 8)."""
    return sum((-luts[:, channel].diff(dim=axis)).relu().mean() for channel, axis in ((0, 3), (1, 2), (2, 1)))


def smoothness(luts: torch.Tensor) -> torch.Tensor:
    """Mean square of the change of slope at each knot along each axis (Zeng et al., TPAMI 2020, equation 6)."""
    knots = DARK_KNOTS if luts.shape[-1] == len(DARK_KNOTS) else UNIFORM_KNOTS
    spacing = knot_values(knots).diff()
    slopes = (luts.movedim(axis, -1).diff(dim=-1) / spacing for axis in (2, 3, 4))
    return sum(slope.diff(dim=-1).square().mean() for slope in slopes)


LEFT_OUT: dict[str, Callable[..., torch.Tensor]] = {
    "L1 instead of RMSE": lambda terms, luts, *pixels: terms["loss"] - terms["rmse"] + l1(*pixels),
    "with cosine term": lambda terms, luts, *pixels: terms["loss"] + 0.5 * cosine(*pixels),
    "with smoothness": lambda terms, luts, *pixels: terms["loss"] + 1e-4 * smoothness(luts),
    "with much smoothness": lambda terms, luts, *pixels: terms["loss"] + 3e-3 * smoothness(luts),
    "with monotonicity": lambda terms, luts, *pixels: terms["loss"] + monotonicity(luts),
}
"""Terms of the literature that are not in the code because they were not shown to help: the new loss, from the terms as
configured, LUTs, and corrected, target, importance."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clean", type=Path)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--set", action="append", default=[], help="as in keyfill, e.g. --set train.steps=1500")
    parser.add_argument("--only", nargs="*", default=None, help="names of variants; as configured always runs")
    args = parser.parse_args()
    config = load_part(args.config, "train", TrainConfig, args.set)[0]
    degrading = Degrading(load_part(args.config, "degrade", DegradeConfig, args.set)[0], 0, clean=config.clean)
    frames, held = (
        list(load_frames(args.clean, split, config.frames, config.height, degrading)) for split in ("train", "test")
    )
    people = [frame.group for frame in held]
    plain: np.ndarray | None = None
    print(f"{len(frames)} frames of {len({f.group for f in frames})} people, measured on {len(set(people))} people")
    print(f"{'':<30}{'RMSE':>8}{'subject':>9}{'flicker':>9}   change of subject and of flicker, 95% intervals")
    for name in (*VARIANTS, *LEFT_OUT):
        if args.only is not None and plain is not None and name not in args.only:
            continue
        variant = changed(config, VARIANTS.get(name, {}))
        with patch("train_baseline.methods.lut_method.total", total_with(LEFT_OUT.get(name))):
            found = np.stack([measure(trained(variant, seed, frames), held) for seed in range(args.seeds)])
        change = plain is not None
        plain = found if plain is None else plain
        against = ""
        for column in (1, 2) if change else ():
            mean, low, high = interval((found - plain)[..., column], people)
            against += f"   {mean:+.2f} ({low:+.2f}, {high:+.2f})"
        mean = found.mean((0, 1))
        print(f"{name:<30}{mean[0]:8.2f}{mean[1]:9.2f}{mean[2]:9.3f}{against}", flush=True)


def total_with(new_loss: Callable[..., torch.Tensor] | None) -> Callable[..., dict[str, torch.Tensor]]:
    """`train_baseline.methods.loss.total`, with another sum."""

    def changed_total(
        config: LossConfig,
        corrected: torch.Tensor,
        target: torch.Tensor,
        mask: torch.Tensor,
        luts: torch.Tensor,
        *others: Any,
    ) -> dict[str, torch.Tensor]:
        terms = total(config, corrected, target, mask, luts, *others)
        terms["loss"] = new_loss(terms, luts[: len(corrected)], corrected, target, 1 + config.subject * mask)
        return terms

    return total if new_loss is None else changed_total


def trained(config: TrainConfig, seed: int, frames: list[Frame]) -> LutMethod:
    """The averaged method after all steps."""
    trainer = Trainer(make_method(config.method, seed), config, seed, lambda step: frames)
    with one_thread():
        trainer.run(lambda now: None)
    assert isinstance(trainer.average, LutMethod), "terms of the ablation are those of LUT methods"
    return trainer.average


def interval(changes: np.ndarray, people: list[str]) -> tuple[float, float, float]:
    """`changes` `(seeds, frames)` -> mean over seeds and people, and its 95% interval from 2,000 draws of both."""
    names = sorted(set(people))
    own = np.stack([changes[:, [person == name for person in people]].mean(1) for name in names], 1)
    rng = rng_for(0, "ablation", "bootstrap")
    seeds, others = (rng.integers(0, count, (2000, count)) for count in own.shape)
    draws = own[seeds[:, :, None], others[:, None, :]].mean((1, 2))
    return float(own.mean()), *(float(value) for value in np.percentile(draws, [2.5, 97.5]))


def changed(config: TrainConfig, change: dict[str, Any]) -> TrainConfig:
    """The config with keys such as `method.loss.temporal` replaced, checked again."""
    data = config.model_dump()
    for key, value in change.items():
        *sections, name = key.split(".")
        reduce(getitem, sections, data)[name] = value
    return TrainConfig.model_validate(data)


@torch.no_grad()
def measure(network: LutMethod, frames: list[Frame]) -> np.ndarray:
    """For each frame RMSE, RMSE on the subject, and mean change when the next frame's LUT is used, in levels."""
    rows = []
    for frame in frames:
        images = np.stack([thumbnail(one.source) for one in frame.run(2)])
        small = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
        seen = network(small)
        lines = [None, None] if seen.matte is None else seen.coefficients(small).numpy()
        shown, after = (
            apply_to_frame(lut, frame.source, network.knots, line).astype(np.float32)
            for lut, line in zip(network.bake(seen.weights), lines, strict=True)
        )
        error = np.square(shown - frame.target).mean(-1)
        inside = inside_of(frame.mask)
        rows.append((np.sqrt(error.mean()), np.sqrt(error[inside].mean()), np.abs(shown - after).mean()))
    return np.array(rows)


if __name__ == "__main__":
    main()
