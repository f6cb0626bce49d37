"""Feeding a training loop: random access to windows of frames over a folder of shards, in an order that can be resumed.

Nothing here imports torch, but both classes are what `torch.utils.data.DataLoader` asks for:

    reader = Reader("data/pairs", split="train", window=2)
    sampler = EpochSampler(len(reader), seed=7, rank=rank, ranks=ranks)
    loader = DataLoader(reader, batch_size=8, sampler=sampler, num_workers=4, persistent_workers=True)
    for number, batch in enumerate(loader, 1):
        ...
        state = sampler.state_dict(consumed=number * 8)   # the loader reads ahead, so the loop says what it has used
    sampler.load_state_dict(state)                        # in a later process: goes on with the very next window
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.rng import rng_for
from pairs.dataset import Dataset
from pairs.frames import FrameDecoder, FrameIndex, index_frames
from pairs.members import member_of
from pairs.shards import REWRITE


class Reader:
    """Map-style: item i is a window of `window` frames, `stride` apart (default: side by side), of one sample.

    Every frame is checked by its own checksums, every time; with `whole` also a member's sha256 when it is first
    touched (which reads all of it). Works in forked and spawned loader processes, each with its own decoders.
    """

    def __init__(
        self,
        folder: str | Path,
        kind: str | None = None,
        split: str | None = None,
        window: int = 1,
        stride: int | None = None,
        members: tuple[str, ...] = ("source", "target"),
        whole: bool = False,
        values: bool = False,
    ):
        if window < 1 or (stride is not None and stride < 1):
            raise InputError(f"window {window}, stride {stride}: expected at least 1")
        self.data = Dataset(folder, kind)
        self.window, self.members, self.whole, self.values = window, members, whole, values
        self.items: list[tuple[str, int]] = []
        self._said: dict[str, tuple[int, int, int]] = {}
        for key in self.data.keys():
            info = json.loads(self.data.member(key, "json"))
            if split is not None and info.get("split") != split:
                continue
            self._said[key] = (info["frames"], info["width"], info["height"])
            self.items += [(key, start) for start in range(0, info["frames"] - window + 1, stride or window)]
        if not self.items:
            wanted = f" of split {split!r}" if split else ""
            raise InputError(f"{folder}: no clip{wanted} with {window} frames or more")
        self._forget()

    def _forget(self) -> None:
        self._process = os.getpid()
        self._decoder = FrameDecoder()
        self._indices: dict[tuple[str, str], FrameIndex] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_decoder", "_indices")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> dict[str, Any]:
        """`{"key": str, "start": int, "source": (window, H, W, 3), "target": ..., ...}`, uint8 or uint16 as
        `pairs.members` has it; grey members (mask, depth) are `(window, H, W)`. With `values` they are float32 in the
        units of `Member.values` instead: sRGB, coverage, linear colour, unit vectors, metres.
        Raises InputError on damage, IndexError."""
        key, start = self.items[number]
        item: dict[str, Any] = {"key": key, "start": start}
        for name in self.members:
            shown = [self.frame(key, name, start + i) for i in range(self.window)]
            frames = shown[0][None] if self.window == 1 else np.stack(shown)
            entry = member_of(f"{name}.mkv")
            item[name] = entry.values(entry.frames(frames)) if self.values else entry.frames(frames)
        return item

    def frame(self, key: str, name: str, number: int) -> np.ndarray:
        """One frame of one video member ("source", "target", "mask", ...) of one sample: `(H, W, 3)`."""
        if self._process != os.getpid():
            self._forget()
        path, row = self.data.place(key)
        member = f"{name}.mkv"
        index = self._indices.get((key, name))
        if index is None:
            index = index_frames(path, row, key, member, self.whole)
            # A damaged header can hide a frame, so that every later one would pass for its neighbour.
            if (len(index.sizes), index.width, index.height) != self._said[key]:
                raise InputError(f"{path}: {key}.{member} is not the video its JSON describes; {REWRITE}")
            self._indices[(key, name)] = index
        if not 0 <= number < len(index.sizes):
            raise InputError(f"{path}: {key}.{member} has {len(index.sizes)} frames, asked for number {number}")
        return self._decoder.read(path, index, number, f"{key}.{member}")


class EpochSampler:
    """The order of an epoch: every index once over all ranks, shuffled by `seed` and epoch, resumable at any item.

    Rank r of n takes every n-th index from r; the last `count % n` of an epoch are left out, so that all ranks take
    equally many steps (other ones each epoch, as the order changes). Each iteration is one epoch: the first epoch 0 (or
    what is left of the one that was loaded), then the next.
    """

    def __init__(self, count: int, seed: int, rank: int = 0, ranks: int = 1, shuffle: bool = True):
        if not 0 <= rank < ranks or count < ranks:
            raise InputError(f"rank {rank} of {ranks} over {count} items: expected 0 <= rank < ranks <= items")
        self.count, self.seed, self.rank, self.ranks, self.shuffle = count, seed, rank, ranks, shuffle
        self.epoch, self.start = 0, 0
        self._begun = False

    def __len__(self) -> int:
        return self.count // self.ranks - self.start

    def __iter__(self) -> Iterator[int]:
        # A loader reads ahead and may exhaust this long before the loop does, so the epoch ends when the next begins.
        if self._begun:
            self.epoch, self.start = self.epoch + 1, 0
        self._begun = True
        return iter(self.indices())

    def indices(self) -> list[int]:
        """This rank's share of the epoch from where it starts."""
        order = np.arange(self.count)
        if self.shuffle:
            rng_for(self.seed, "reader", "order", self.epoch).shuffle(order)
        share = order[: self.count // self.ranks * self.ranks][self.rank :: self.ranks]
        return [int(index) for index in share[self.start :]]

    def state_dict(self, consumed: int) -> dict[str, int]:
        """Where the loop stands, having used `consumed` items of this rank since the iteration began."""
        done = self.start + consumed
        return {"count": self.count, "seed": self.seed, "ranks": self.ranks, "epoch": self.epoch, "consumed": done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on where a state was taken. Raises InputError when it is of another data set, seed or number of ranks."""
        for name in ("count", "seed", "ranks"):
            if state.get(name) != getattr(self, name):
                raise InputError(f"the saved order has {name} {state.get(name)}, this run {getattr(self, name)}")
        self.epoch, self.start, self._begun = int(state["epoch"]), int(state["consumed"]), False
        if self.start >= self.count // self.ranks:
            self.epoch, self.start = self.epoch + 1, 0


Order = EpochSampler
"""Its earlier name."""
