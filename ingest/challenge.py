"""Real clips in the challenge's layout: unsupervised, and for some AutoAdjust's result as what is to be reached.

The challenge's report had its 300 real pairs in this way: clips where raters spoke strongly for a plain adjustment over
the input, with the adjusted video as the target.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError
from pairs.layouts import ChallengeLayout, jpeg
from pairs.shards import Sample
from pairs.video import iter_frames
from score.autoadjust import AutoAdjust
from score.preference.votes import MIDDLE, Vote

ADJUSTED, INPUT = "autoadjust", "input"
SURE_Z = 1.96


@dataclass(frozen=True)
class RealChallengeLayout(ChallengeLayout):
    """`{train,test}/unsupervised/video_KEY/x/NNNNNN.jpg`; for the keys in `selected`
    `{train,test}/supervised/real/video_KEY/{x,y}/NNNNNN.jpg`, y being AutoAdjust's result, told where the person is.

    `train.csv`, `test.csv` with `img_source,img_target,h,w,subset,video_id`; `img_target` is empty where there is none.
    """

    selected: tuple[str, ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        return {"quality": self.quality, "selected": list(self.selected)}

    def subset(self, key: str) -> str:
        return "supervised_real" if key in self.selected else "unsupervised"

    def write(self, sample: Sample, info: dict[str, Any], folder: Path) -> None:
        adjust = AutoAdjust(float(info["fps"])) if sample.key in self.selected else None
        for side in "xy" if adjust else "x":
            (folder / side).mkdir()
        videos = [
            iter_frames(sample.members[f"{name}.mkv"], f"{sample.key}.{name}.mkv") for name in ("source", "person")
        ]
        for number, (frame, person) in enumerate(zip(*videos, strict=True)):
            (folder / "x" / f"{number:06d}.jpg").write_bytes(jpeg(frame, self.quality))
            if adjust:
                better = adjust(frame, person[..., 0])
                (folder / "y" / f"{number:06d}.jpg").write_bytes(jpeg(better, self.quality))


def selected_by(votes: Iterable[Vote], keys: Iterable[str], count: int) -> tuple[str, ...]:
    """The up to `count` clips for whose adjusted version raters spoke most strongly, sorted by key.

    Strongly: the lower end of the 95% interval (Wilson) of its share among the answers that preferred a side is over
    one half. InputError where no vote compares the two on any of the clips.
    """
    answers: dict[str, list[bool]] = defaultdict(list)
    known, seen = set(keys), False
    for vote in votes:
        if vote.kind != "vote" or set(vote.pair) != {ADJUSTED, INPUT} or vote.clip not in known:
            continue
        seen = True
        if vote.rating != MIDDLE:
            answers[vote.clip].append((vote.left if vote.rating < MIDDLE else vote.right) == ADJUSTED)
    if not seen:
        raise InputError(f"no vote compares {ADJUSTED} with {INPUT} on a clip of this data set; its clips are its keys")
    sure = {clip: _wilson_low(sum(wins), len(wins)) for clip, wins in answers.items()}
    best = sorted((clip for clip, low in sure.items() if low > 0.5), key=lambda clip: (-sure[clip], clip))
    return tuple(sorted(best[:count]))


def _wilson_low(wins: int, count: int) -> float:
    """Lower end of the interval of a share (Wilson 1927)."""
    share, z = wins / count, SURE_Z
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (share + z * z / (2 * count) - spread) / (1 + z * z / count)
