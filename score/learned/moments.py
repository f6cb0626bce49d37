"""Moments that comparisons are made of: a few frames of a rendered person under room and studio light, in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.levels import eight_bit
from core.progress import Progress, silent
from core.rng import rng_for
from pairs.dataset import Dataset, decode_sample
from score.learned.judge_config import JudgeConfig

Box = tuple[int, int, int, int]
NEUTRAL_K = 6000.0
"""Colour temperature of the studio's light that skin is taken to look right under; rendered studios are brought to
it."""


@dataclass(frozen=True, eq=False)
class Moment:
    """`source` (room light) and `target` (studio) `(T, H, W, 3)` uint8 sRGB, `mask` `(T, H, W)` uint8, 255 on the
    person; `face`: the face's box in the first frame, pixels. `degraded`: the source as a call delivered it, where
    known."""

    key: str
    clip: str
    room: str
    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    face: Box
    studio_k: float = NEUTRAL_K
    degraded: np.ndarray | None = None

    @property
    def bytes(self) -> int:
        return (
            self.source.nbytes
            + self.target.nbytes
            + self.mask.nbytes
            + (self.source.nbytes if self.degraded is not None else 0)
        )


@dataclass(frozen=True, eq=False)
class Moments:
    """Those to be taught on, and those held out: of people and rooms that are in no other."""

    taught: list[Moment]
    held: list[Moment]
    facts: dict[str, int | list[str]]


def read_moments(
    clean: Path, config: JudgeConfig, seed: int, pairs: Path | None = None, progress: Progress = silent
) -> Moments:
    """The clean shards in `clean`, and for the same keys what pair shards in `pairs` made of them. Held out are the
    last `held_people` of the people (a clip each), under rooms that are held out; their other samples, and those of
    other people in these rooms, are not read. InputError: no clean shards, too few people or rooms to hold any out."""
    data = Dataset(clean, "clean")
    other = None if pairs is None else Dataset(pairs, "pairs")
    infos = {key: json.loads(data.member(key, "json")) for key in data.keys()}
    people = sorted({info["clip"] for info in infos.values()})
    rooms = sorted({room_of(info) for info in infos.values()})
    last = people[len(people) - _some(config.held_people, people, clean, "people") :]
    order = [rooms[i] for i in rng_for(seed, "judge", "rooms").permutation(len(rooms))]
    away = set(order[: _some(config.held_rooms, rooms, clean, "rooms")])
    found: dict[bool, list[Moment]] = {True: [], False: []}
    size, limit = 0, config.memory_gb * 1e9
    wanted = [key for key, info in infos.items() if (info["clip"] in last) == (room_of(info) in away)]
    wanted = [wanted[i] for i in rng_for(seed, "judge", "reading").permutation(len(wanted))]
    faceless = left = 0
    for done, key in enumerate(wanted, 1):
        if size > limit:
            left += 1
            continue
        moment = _moment(data, other, key, config.frames)
        if moment is None:
            faceless += 1
            continue
        size += moment.bytes
        found[moment.clip in last].append(moment)
        progress(done, len(wanted), f"reading {key}")
    if not found[True] or not found[False]:
        raise InputError(
            f"{clean}: no sample shows a held-out person in a held-out room, or no other; render more clips"
        )
    facts: dict[str, int | list[str]] = {
        "people": len(people) - len(last), "people_held": len(last), "rooms": len(rooms) - len(away),
        "rooms_held": sorted(away), "moments": len(found[False]), "moments_held": len(found[True]),
        "without_a_face": faceless, "beyond_memory": left,
    }  # fmt: skip
    return Moments(found[False], found[True], facts)


def room_of(info: dict) -> str:
    """The name of the room whose light a sample's source shows."""
    return str(info.get("lighting", {}).get("hdri", ""))


def _some(share: float, names: Sequence[str], clean: Path, what: str) -> int:
    count = max(1, round(share * len(names)))
    if share == 0 or count >= len(names):
        raise InputError(
            f"{clean}: {len(names)} {what}, of which a share of {share:g} is held out: one must be left on each side"
        )
    return count


def _moment(data: Dataset, other: Dataset | None, key: str, frames: int) -> Moment | None:
    clip = decode_sample(data.sample(key))
    face = clip.record.face_box[0] if clip.record.face_box else None
    if face is None or clip.mask is None:
        return None
    x0, y0, x1, y1 = face
    count = min(frames, len(clip.source))
    degraded = None
    if other is not None and key in other:
        delivered = other.clip(key).source
        degraded = eight_bit(delivered[:count]) if len(delivered) >= count else None
    mask = np.ascontiguousarray(clip.mask[:count])
    if not mask[0, max(y0, 0) : y1, max(x0, 0) : x1].any():
        return None
    info = clip.info
    kelvin = float(info["lighting"].get("key_temperature_k", NEUTRAL_K))
    source, target = eight_bit(clip.source[:count]), clip.target[:count].copy()
    return Moment(key, info["clip"], room_of(info), source, target, mask, face, kelvin, degraded)
