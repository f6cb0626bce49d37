"""How often a judge is right, where, and how sure it is: on held-out rendered people, and on real ones made darker.

    python benchmarks/judge_check.py CLEAN [--judge JUDGE] [--real FOLDER [--restore RESTORE]] [--plot reliability.png]
        [--json FILE]

CLEAN holds the clean shards that the judge was taught on (the people and rooms that its record holds out are used),
FOLDER videos of well-lit people. Prints, by kind of difference, the share of right answers of the judge and of plain
measures: mean luma (brighter is better), PSNR against a grey frame (nearer is better), variance of the Laplacian (more
is better), and the distance of natural scene statistics (Mittal et al., NIQE, 2013: here fitted to the studio pictures
of the people it was taught on). Then how much each factor moves for each cause, calibration, what mirroring and coding
change, and agreement with the order of the challenge's votes as far as stand-ins are at hand.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.special import gamma

from core.config import load
from degrade.config import DegradeConfig
from keyfill.real_evaluation import ADJUST, clips_of, corrected, lights_of
from score.autoadjust import AutoAdjust
from score.darken import DARKENINGS, darkened_clip
from score.learned import held_out
from score.learned.factors import NAMES
from score.learned.faults import by_h264
from score.learned.held_out import KINDS, by_people, held_batches, outcome_of
from score.learned.judge_config import JudgeConfig
from score.learned.judge_file import Judge, read_judge
from score.learned.judging import compare_clips, preferred
from score.learned.moments import Moment, read_moments
from score.learned.teaching import Batch
from score.learned.threads import one_thread
from train_baseline import run_folder
from train_baseline.methods.autoadjust import AdjustMethod
from train_baseline.packaged import DEFAULT, packaged, packaged_methods

BATCHES = 40
FRAMES = 12
"""Of a real clip."""
WEBCAM = Path(__file__).parents[1] / "configs" / "degrade" / "webcam.yaml"
PATCH = 48
"""Side of the patches that natural scene statistics are taken of, pixels."""
_SHAPES = np.arange(0.2, 10, 0.001)
_RATIOS = gamma(2 / _SHAPES) ** 2 / (gamma(1 / _SHAPES) * gamma(3 / _SHAPES))


def natural(grey: np.ndarray) -> np.ndarray:
    """`(patches, 36)`: shape and spread of normalised luma and of the products of its neighbours, at two sizes."""
    scales = []
    for side in (PATCH, PATCH // 2):
        soft = lambda x: cv2.GaussianBlur(x, (7, 7), 7 / 6)
        mean = soft(grey)
        normal = (grey - mean) / (np.sqrt(np.maximum(soft(grey * grey) - mean * mean, 0)) + 1)
        rows = []
        for y in range(0, grey.shape[0] - side + 1, side):
            for x in range(0, grey.shape[1] - side + 1, side):
                patch = normal[y : y + side, x : x + side]
                shape, left, right = _asymmetric(patch)
                features = [shape, (left + right) / 2]
                for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
                    shape, left, right = _asymmetric(patch * np.roll(patch, (dy, dx), (0, 1)))
                    skew = (right - left) * gamma(2 / shape) / gamma(1 / shape)
                    features += [shape, skew, left, right]
                rows.append(features)
        scales.append(np.array(rows))
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    count = min(len(part) for part in scales)
    return np.hstack([part[:count] for part in scales])


def _asymmetric(values: np.ndarray) -> tuple[float, float, float]:
    """Shape and either side's spread of an asymmetric generalised normal distribution, by moments."""
    sides = [values[values < 0], values[values > 0]]
    left, right = (max(float(np.sqrt(np.mean(side**2))) if len(side) else 0.0, 1e-3) for side in sides)
    ratio = np.mean(np.abs(values)) ** 2 / max(np.mean(values**2), 1e-9)
    g = left / right
    ratio *= (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
    shape = float(_SHAPES[np.argmin((_RATIOS - ratio) ** 2)])
    return shape, float(left), float(right)


class Pristine:
    """What natural scene statistics of good pictures are like."""

    def __init__(self, pictures: list[np.ndarray]):
        rows = np.vstack([natural(_grey(picture)) for picture in pictures])
        self.mean, self.cov = rows.mean(0), np.cov(rows.T)

    def score(self, frame: np.ndarray) -> float:
        """The nearer the better: minus the distance."""
        rows = natural(_grey(frame))
        cov = np.cov(rows.T) if len(rows) > 2 else np.zeros_like(self.cov)
        off = rows.mean(0) - self.mean
        return -math.sqrt(max(float(off @ np.linalg.pinv((cov + self.cov) / 2) @ off), 0))


def _grey(frame: np.ndarray) -> np.ndarray:
    unit = frame / 255 if frame.dtype == np.uint8 else frame
    return np.asarray(255 * (unit @ np.array([0.299, 0.587, 0.114])), np.float32)


def plain_scores(batches: list[Batch], pristine: Pristine) -> dict[str, np.ndarray]:
    """By measure, `(P,)` bool: whether it is right."""
    right: dict[str, list[bool]] = {}
    for batch in batches:
        frames = [clip[len(clip) // 2].permute(1, 2, 0).numpy() for clip in batch.clips]
        scores = {
            "mean luma": [float(_grey(f).mean()) for f in frames],
            "PSNR to grey": [-float(((f - 0.5) ** 2).mean()) for f in frames],
            "Laplacian": [float(cv2.Laplacian(_grey(f), cv2.CV_32F).var()) for f in frames],
            "natural statistics": [pristine.score(f) for f in frames],
        }
        for better, worse in batch.pairs.tolist():
            for name, values in scores.items():
                right.setdefault(name, []).append(values[better] > values[worse])
    return {name: np.array(values) for name, values in right.items()}


def changes(judge: Judge, batches: list[Batch]) -> dict[str, list[float]]:
    """How far p moves when both sides are mirrored, or coded once more (H.264, crf 18 and 28): each pair's change."""
    found: dict[str, list[float]] = {"mirrored": [], "crf 18": [], "crf 28": []}
    for batch in batches:
        for better, worse in batch.pairs.tolist()[:4]:
            sides = [batch.clips[i].permute(0, 2, 3, 1).numpy() for i in (better, worse)]
            p = compare_clips(judge, [sides[0]], [sides[1]]).p
            turned = [np.ascontiguousarray(side[:, :, ::-1]) for side in sides]
            found["mirrored"].append(compare_clips(judge, [turned[0]], [turned[1]]).p - p)
            for crf in (18, 28):
                coded = [by_h264(np.rint(side * 255).astype(np.uint8), crf) for side in sides]
                found[f"crf {crf}"].append(compare_clips(judge, [coded[0]], [coded[1]]).p - p)
    return found


def autoadjust_over_input(judge: Judge, moments: list[Moment]) -> list[float]:
    """p of AutoAdjust's result over the room-lit picture that it was given."""
    return [compare_clips(judge, [AutoAdjust(30)(m.source[0])[None]], [m.source[:1]]).p for m in moments]


def real_people(judge: Judge, folder: Path, most: int) -> dict[str, list[tuple[str, float]]]:
    """By comparison: (clip, p) that the first is preferred, on real clips as they are and darkened by
    `score.darken`."""
    methods: dict[str, Any] = {name: run_folder.load_method(packaged(name)) for name in packaged_methods()}
    methods[ADJUST] = AdjustMethod()
    found: dict[str, list[tuple[str, float]]] = {}

    def put(name: str, clip: str, one: list[np.ndarray], other: list[np.ndarray]) -> None:
        found.setdefault(name, []).append((clip, preferred(judge, one, other)))

    for clip in clips_of(folder, most):
        for name, method in methods.items():
            done = [out for out, _ in corrected(method, clip.frames, clip.fps)]
            put(f"as it is over what {name} makes of it", clip.name, clip.frames, done)
        for kind, how in DARKENINGS.items():
            dark = list(darkened_clip(clip.frames, clip.people, clip.faces, how))
            put(f"as it is over {kind}", clip.name, clip.frames, dark)
            for name, method in methods.items():
                done = [out for out, _ in corrected(method, dark, clip.fps)]
                put(f"{name} over {kind}", clip.name, done, dark)
    return found


def restored_over_light(judge: Judge, folder: Path, most: int, restore: Path) -> dict[str, list[tuple[str, float]]]:
    """By light: (clip, p) that the packaged light with a restoration behind it is preferred to it alone, on real clips
    as a webcam and a call deliver them."""
    packed = packaged(DEFAULT)
    alone, both = run_folder.load_method(packed), run_folder.load_method(packed, restore)
    found: dict[str, list[tuple[str, float]]] = {}
    for clip in clips_of(folder, most):
        for name, frames in lights_of(clip, load(WEBCAM, DegradeConfig)):
            if not name.endswith(", webcam"):
                continue
            one, other = ([out for out, _ in corrected(method, frames, clip.fps)] for method in (both, alone))
            found.setdefault(f"light and restoration over light alone, {name}", []).append(
                (clip.name, preferred(judge, one, other))
            )
    return found


def plot(rows: list[dict[str, float]], path: Path) -> None:
    """The reliability of p: how often it is right where it is so sure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 4.6), layout="constrained")
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    axes.plot([0.5, 1], [0.5, 1], color="#999", lw=1, ls=":", label="as sure as right")
    p, right = [row["p"] for row in rows], [row["right"] for row in rows]
    axes.plot(p, right, "o-", color="#1b5e9e", lw=1.5, label="the judge")
    for row in rows:
        error = 1.96 * math.sqrt(max(row["right"] * (1 - row["right"]), 1e-4) / row["count"])
        axes.plot([row["p"]] * 2, [row["right"] - error, row["right"] + error], color="#1b5e9e", lw=1)
        place = {"xytext": (7, -12), "textcoords": "offset points", "fontsize": 8}
        axes.annotate(f"{row['count']:,}", (row["p"], row["right"]), **place)
    axes.set_xlabel("how sure it is of the side that it prefers")
    axes.set_ylabel("share of comparisons in which that side is the better")
    axes.set_xlim(0.48, 1.02)
    axes.set_ylim(0.4, 1.03)
    axes.legend(loc="lower right", frameon=False)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clean", type=Path)
    parser.add_argument("--judge", type=Path, help="default: the one in the package")
    parser.add_argument("--real", type=Path, help="a folder of videos of well-lit people")
    parser.add_argument("--plot", type=Path, help="write the reliability plot there (.png)")
    parser.add_argument("--restore", type=Path, help="a run of method restore, to stand behind the packaged light")
    parser.add_argument("--json", type=Path, help="write all numbers there")
    parser.add_argument("--batches", type=int, default=BATCHES)
    parser.add_argument("--frames", type=int, default=FRAMES, help="of a real clip, at most")
    args = parser.parse_args()
    judge = read_judge(args.judge)
    config, seed = JudgeConfig.model_validate(judge.record["config"]), judge.record["seed"]
    moments = read_moments(args.clean, config, seed)
    measuring = by_people(moments.held)[1]
    people, rooms = ({getattr(m, what) for m in measuring} for what in ("clip", "room"))
    print(f"{len(people)} people in {len(rooms)} rooms that it has not seen, {len(measuring)} moments")
    with one_thread():
        batches = held_batches(measuring, config, seed, args.batches, "held")
        outcome = outcome_of(judge.network, batches)
        pristine = Pristine([m.target[0] for m in moments.taught[:60]])
        plain = plain_scores(batches, pristine)
        report = held_out.report(outcome)
        print(f"\n{'differs in':<18}{'pairs':>7}{'judge':>8}" + "".join(f"{name:>20}" for name in plain))
        for kind in ("all", *KINDS):
            where = np.ones(len(outcome.kinds), bool) if kind == "all" else outcome.of(kind)
            if where.any():
                others = "".join(f"{values[where].mean():>20.1%}" for values in plain.values())
                print(f"{kind:<18}{where.sum():>7,}{outcome.right[where].mean():>8.1%}{others}")
        for low, high in ((0.1, 0.3), (0.3, 0.7), (0.7, 1.5), (1.5, 9)):
            where = (outcome.gaps >= low) & (outcome.gaps < high)
            if not where.any():
                continue
            print(f"largest difference {low:g} to {high:g}: {outcome.right[where].mean():.1%} of {where.sum():,}")
        print("\nhow much a factor (column) moves for 1 of a cause (row)")
        print(f"{'':<17}" + "".join(f"{name[:8]:>9}" for name in NAMES))
        for cause, moved in report["moved"].items():
            print(f"{cause:<17}" + "".join(f"{moved[name]:>9.2f}" for name in NAMES))
        sure = ", ".join(f"{row['p']:.2f}: {row['right']:.2f}" for row in report["reliability"])
        print(f"\nhow sure, how often right: {sure}")
        moved_p = {name: np.abs(values) for name, values in changes(judge, batches[:25]).items()}
        for name, values in moved_p.items():
            most = f"95% {np.quantile(values, 0.95):.4f}, at most {values.max():.4f}"
            print(f"both sides {name}: p moves by {values.mean():.4f} on average, {most}")
        adjusted = autoadjust_over_input(judge, measuring)
        share = np.mean(np.array(adjusted) > 0.5)
        print(f"AutoAdjust over its room-lit input: preferred in {share:.1%} of {len(adjusted)}")
        found: dict[str, Any] = {"report": report, "changes": {n: float(v.max()) for n, v in moved_p.items()}}
        if args.real is not None:
            print()
            found["real"] = real_people(judge, args.real, args.frames)
            if args.restore is not None:
                found["real"] |= restored_over_light(judge, args.real, args.frames, args.restore)
            for name, rows in found["real"].items():
                wins = sum(p > 0.5 for _, p in rows)
                each = ", ".join(f"{clip} {p:.2f}" for clip, p in rows)
                print(f"{name}: {wins} of {len(rows)}, p {np.mean([p for _, p in rows]):.2f}; {each}")
    if args.plot is not None:
        plot(report["reliability"], args.plot)
    if args.json is not None:
        args.json.write_text(json.dumps(found, indent=1, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main()
