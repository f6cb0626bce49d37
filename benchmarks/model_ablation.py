"""What each part of training is worth: the model trained with and without it, on the same data and the same seeds.

    python benchmarks/model_ablation.py TRAIN TEST --config CONFIG [--seeds 3] [--set train.steps=1500] [--only NAME]

TRAIN: clean shards (degraded while training, as the config's `degrade` section says) or pair shards; TEST: pair shards,
of which the test split is used. Prints for each variant the error on the whole frame and on the subject, in levels, and
flicker of the correction between neighbouring frames, as means over seeds, and the change against as configured, with
the range of that change over the seeds. A part whose removal lowers the error in every seed is better left out.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from degrade.config import DegradeConfig
from keyfill.config import load_part
from score.fidelity import inside_of
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.data import Frame, load_frames, thumbnail
from train_baseline.lut import apply_to_frame
from train_baseline.network import Network
from train_baseline.train import train

VARIANTS: dict[str, dict[str, Any]] = {
    "as configured": {},
    "L1 instead of RMSE": {"loss.rmse": 0.0, "loss.l1": 1.0},
    "with cosine term": {"loss.cosine": 0.5},
    "no smoothness": {"loss.smooth": 0.0},
    "no monotonicity": {"loss.monotone": 0.0},
    "no temporal term": {"loss.temporal": 0.0},
    "no subject weight": {"loss.subject": 0.0},
    "no moving average": {"average": 0.0},
    "no weight decay": {"weight_decay": 0.0},
    "no warm-up": {"warmup": 0.0},
    "no cropping": {"crop": 0.0},
    "no exposure, balance": {"exposure": 0.0, "balance": 0.0},
    "smoothness times 30": {"loss.smooth": 3e-3},
    "grid of 2": {"grid": 2},
    "no matte": {"matte": False},
    "no cross-entropy of the matte": {"loss.matte": 0.0},
    "Zeng's bases": {"architecture": "zeng"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], help="as in keyfill, e.g. --set train.steps=1500")
    parser.add_argument("--only", nargs="*", default=None, help="names of variants; as configured always runs")
    args = parser.parse_args()
    config = load_part(args.config, "train", TrainConfig, args.set)[0]
    degrade = load_part(args.config, "degrade", DegradeConfig, args.set)[0]
    frames = load_frames(args.test, "test", 4, 180)
    plain: dict[int, np.ndarray] = {}
    print(f"{'':<22}{'RMSE':>8}{'subject':>9}{'flicker':>9}   change of the subject's RMSE (lowest, highest seed)")
    for name, change in VARIANTS.items():
        if args.only is not None and change and name not in args.only:
            continue
        found = []
        for seed in range(args.seeds):
            with tempfile.TemporaryDirectory() as folder:
                run = Path(folder)
                train(args.train, changed(config, change), run, seed=seed, degrade=degrade)
                found.append(measure(run_folder.load(run).network, frames))
        if not change:
            plain = dict(enumerate(found))
        gaps = [values[1] - plain[seed][1] for seed, values in enumerate(found)]
        mean = np.mean(found, axis=0)
        against = f"   {np.mean(gaps):+.3f} ({min(gaps):+.3f}, {max(gaps):+.3f})" if change else ""
        print(f"{name:<22}{mean[0]:8.3f}{mean[1]:9.3f}{mean[2]:9.3f}{against}", flush=True)


def changed(config: TrainConfig, change: dict[str, Any]) -> TrainConfig:
    """The config with keys such as `loss.cosine` replaced, checked again."""
    data = config.model_dump()
    for key, value in change.items():
        section, _, name = key.rpartition(".")
        (data[section] if section else data)[name] = value
    return TrainConfig.model_validate(data)


@torch.no_grad()
def measure(network: Network, frames: list[Frame]) -> np.ndarray:
    """Mean over frames of RMSE, RMSE on the subject, and mean change when the next frame's LUT is used, in levels."""
    rows = []
    for frame in frames:
        images = np.stack([thumbnail(frame.source), thumbnail(frame.following)])
        weights, mattes = network(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255)
        mattes = [None, None] if mattes is None else mattes[:, 0].numpy()
        shown, after = (
            apply_to_frame(lut, frame.source, network.knots, matte).astype(np.float32)
            for lut, matte in zip(network.bake(weights), mattes, strict=True)
        )
        error = np.square(shown - frame.target).mean(-1)
        inside = inside_of(frame.mask)
        rows.append((np.sqrt(error.mean()), np.sqrt(error[inside].mean()), np.abs(shown - after).mean()))
    return np.mean(rows, axis=0)


if __name__ == "__main__":
    main()
