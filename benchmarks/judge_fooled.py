"""What happens to a picture that is trained to please a judge: the judge is pleased, and the picture gets no better.

    python benchmarks/judge_fooled.py CLEAN [--judge JUDGE] [--moments 8] [--steps 80] [--sheet fooled.png]

Held-out people in held-out rooms, room-lit pictures. Two things are optimised against the judge alone, to be preferred
to the input: a colour LUT of 7x7x7 (a correction such as a method would learn), and the pixels themselves by at most 3
levels of 255, which nobody sees. Told are p over the input, and what is true: RMSE to the studio's picture on the
person, and how far the light is from the studio's (severities that are measured, not judged).
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from core.colour import linear_from_srgb
from score.learned.held_out import by_people
from score.learned.judge_config import JudgeConfig
from score.learned.judge_file import Judge, read_judge
from score.learned.light_truth import light_severities
from score.learned.moments import Moment, read_moments
from score.learned.threads import one_thread

KNOTS, LEVELS = 7, 3


def identity() -> torch.Tensor:
    """`(1, 3, B, G, R)`, the LUT that changes nothing."""
    knots = torch.linspace(0, 1, KNOTS)
    blue, green, red = torch.meshgrid(knots, knots, knots, indexing="ij")
    return torch.stack([red, green, blue])[None]


def through(lut: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """`(1, 1, 3, H, W)` sRGB through a LUT."""
    place = (picture[0].permute(0, 2, 3, 1) * 2 - 1)[:, None]
    return F.grid_sample(lut, place, mode="bilinear", padding_mode="border", align_corners=True)[:, :, 0][None].clamp(
        0, 1
    )


def pleased(judge: Judge, picture: torch.Tensor, how: str, steps: int) -> torch.Tensor:
    """The picture `(1, 1, 3, H, W)` after so many steps of pleasing the judge."""
    lut, change = identity().requires_grad_(), torch.zeros_like(picture, requires_grad=True)
    start = identity()
    made = lambda: through(lut, picture) if how == "lut" else (picture + change).clamp(0, 1)
    optimizer = torch.optim.Adam([lut] if how == "lut" else [change], lr=0.02 if how == "lut" else 0.002)
    with torch.no_grad():
        before = judge.network.both_ways(picture)
    for _ in range(steps):
        optimizer.zero_grad()
        gain = judge.network.log_odds(judge.network.both_ways(made()), before)
        (F.softplus(-gain).sum() + 0.2 * (lut - start).diff(dim=2).square().mean()).backward()
        optimizer.step()
        with torch.no_grad():
            change.clamp_(-LEVELS / 255, LEVELS / 255)
    return made().detach()


def truth(moment: Moment, picture: torch.Tensor) -> tuple[float, float]:
    """RMSE to the studio's picture on the person, levels, and the sum of the measured severities of light."""
    shown = picture[0, 0].permute(1, 2, 0).numpy()
    mask = moment.mask[0] > 127
    rmse = 255 * math.sqrt(float(((shown - moment.target[0] / 255)[mask] ** 2).mean()))
    face = np.zeros(mask.shape, np.float32)
    x0, y0, x1, y1 = moment.face
    face[y0:y1, x0:x1] = mask[y0:y1, x0:x1]
    found = light_severities(linear_from_srgb(shown), linear_from_srgb(moment.target[0] / 255), face, 1.0 - mask)
    return rmse, float(found.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clean", type=Path)
    parser.add_argument("--judge", type=Path, help="default: the one in the package")
    parser.add_argument("--moments", type=int, default=8)
    parser.add_argument("--steps", type=int, default=80, help="of either optimisation")
    parser.add_argument("--sheet", type=Path, help="write pictures there: input, LUT, pixels, studio")
    args = parser.parse_args()
    judge = read_judge(args.judge)
    held = by_people(
        read_moments(args.clean, JudgeConfig.model_validate(judge.record["config"]), judge.record["seed"]).held
    )[1]
    picked = held[:: max(1, len(held) // args.moments)][: args.moments]
    rows: dict[str, list[tuple[float, float, float]]] = {"input": [], "lut": [], "pixels": [], "studio": []}
    lines = []
    with one_thread():
        for moment in picked:
            given = torch.from_numpy(moment.source[0]).permute(2, 0, 1).float()[None, None] / 255
            studio = torch.from_numpy(moment.target[0]).permute(2, 0, 1).float()[None, None] / 255
            shown = {
                "input": given,
                "studio": studio,
                **{how: pleased(judge, given, how, args.steps) for how in ("lut", "pixels")},
            }
            for name, picture in shown.items():
                with torch.no_grad():
                    p = float(judge.network(picture, given))
                rows[name].append((p, *truth(moment, picture)))
            lines.append(
                np.hstack([shown[n][0, 0].permute(1, 2, 0).numpy() for n in ("input", "lut", "pixels", "studio")])
            )
    print(f"{len(picked)} moments; p: preferred to the input by the judge")
    print(f"{'':<8}{'p':>8}{'RMSE to the studio, person':>30}{'severities of light, measured':>32}")
    for name, values in rows.items():
        p, rmse, severity = np.mean(values, 0)
        print(f"{name:<8}{p:>8.3f}{rmse:>30.1f}{severity:>32.2f}")
    if args.sheet is not None:
        cv2.imwrite(str(args.sheet), np.rint(np.vstack(lines) * 255).astype(np.uint8)[..., ::-1])


if __name__ == "__main__":
    main()
