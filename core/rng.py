"""Randomness from identity: the same (seed, clip, stage) gives the same numbers whatever worker or order."""

from __future__ import annotations

import hashlib

import numpy as np


def philox_key(seed: int, clip: str | int, stage: str, frame: int | None = None) -> int:
    """A 128-bit key from the SHA-256 of the identity; no arithmetic on seeds, so neighbours do not correlate."""
    identity = "\x1f".join(("keyfill-1", str(int(seed)), str(clip), stage, "" if frame is None else str(int(frame))))
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:16], "little")


def rng_for(seed: int, clip: str | int, stage: str, frame: int | None = None) -> np.random.Generator:
    """The generator of one stage of one clip (and one frame, where a stage draws anew per frame).

    The bit generator is Philox, counter based, so that raw words can be had at any position without drawing the
    ones before (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
    """
    return np.random.Generator(np.random.Philox(key=philox_key(seed, clip, stage, frame)))
