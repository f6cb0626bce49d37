"""What each factor counts for, by votes that people really cast: the network stays, its eleven weights move.

A few hundred votes bear eleven numbers and no more. Each weight has a normal prior around what it was, on a logarithmic
scale; the votes pull it away as far as they speak.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from core.errors import InputError
from core.progress import Progress, silent
from score.learned.factors import NAMES
from score.learned.judge_file import Judge
from score.learned.judging import view_of, windows_of
from score.preference.screening import screen
from score.preference.study_page import find_videos
from score.preference.votes import MIDDLE, Vote, read_votes


def weights_from_votes(
    judge: Judge, votes: Sequence[Path], clips: Path, pull: float, progress: Progress = silent
) -> tuple[torch.Tensor, dict[str, Any]]:
    """New weights `(11,)` for `judge`, and facts: votes used, and the share of decided ones that it agrees with, before
    and after. `clips`: METHOD/CLIP.mp4, as `keyfill study` takes them. InputError: no votes on clips that are there."""
    kept, _ = screen(read_votes(votes))
    answers = [vote for vote in kept if vote.kind == "vote"]
    videos = find_videos(clips)
    used = [v for v in answers if all(method in videos and v.clip in videos[method] for method in (v.left, v.right))]
    if not used:
        wanted = f"{answers[0].left}/{answers[0].clip}" if answers else "METHOD/CLIP"
        raise InputError(
            f"{clips}: holds the videos of no vote (the first needs {wanted}.mp4); give the study's videos"
        )
    seen: dict[tuple[str, str], torch.Tensor] = {}
    needed = sorted({(method, vote.clip) for vote in used for method in (vote.left, vote.right)})
    for done, (method, clip) in enumerate(needed, 1):
        path = videos[method][clip]
        seen[method, clip] = view_of(judge, windows_of(path, _frames_of(path), judge.frames))
        progress(done, len(needed), f"{method}/{clip}")
    sides = ((torch.cat([seen[getattr(v, side), v.clip] for v in used])) for side in ("left", "right"))
    with torch.no_grad():
        left_side, right_side = judge.network.between(*sides)
    gap = right_side - left_side
    left = torch.tensor([(5 - vote.rating) / 4 for vote in used])
    before = judge.network.weights.detach()
    after = _fitted(gap, left, before, pull)
    facts = {
        "votes": len(used), "votes_without_videos": len(answers) - len(used), "clips": len(seen),
        "agrees_before": _agreement(gap @ before, used), "agrees_after": _agreement(gap @ after, used),
        "weights_before": dict(zip(NAMES, before.tolist(), strict=True)),
        "weights_after": dict(zip(NAMES, after.tolist(), strict=True)),
    }  # fmt: skip
    return after, facts


def _fitted(gap: torch.Tensor, left: torch.Tensor, before: torch.Tensor, pull: float) -> torch.Tensor:
    """The weights of highest posterior: Newton-like steps on eleven logarithms."""
    moved = torch.zeros(len(before), requires_grad=True)
    optimizer = torch.optim.LBFGS([moved], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = gap @ (before * torch.exp(moved))
        total = F.binary_cross_entropy_with_logits(logits, left, reduction="sum") + (moved / pull).square().sum() / 2
        total.backward()
        return total

    optimizer.step(loss)
    return (before * torch.exp(moved.detach())).clamp(1e-3, 1e3)


def _agreement(logits: torch.Tensor, votes: Sequence[Vote]) -> float:
    decided = [(float(x), vote.rating) for x, vote in zip(logits, votes, strict=True) if vote.rating != MIDDLE]
    right = [(logit > 0) == (rating < MIDDLE) for logit, rating in decided]
    return sum(right) / len(right) if right else math.nan


def _frames_of(path: Path) -> int:
    from core import footage

    with footage.Footage(path) as opened:
        return len(opened.stamps())
