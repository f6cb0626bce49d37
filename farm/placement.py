"""Where clips are made: processes of this machine or a cluster, all of the plan or a slice of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InputError


@dataclass(frozen=True)
class Placement:
    """Where clips are made: in `workers` processes of this machine, or on the Ray cluster at `ray_address` ("local"
    starts one here, "auto" or an address joins one); all shards, or of an array job slice `shard_index` of
    `num_shards`: every num_shards-th shard from there on."""

    workers: int = 1
    ray_address: str | None = None
    shard_index: int | None = None
    num_shards: int | None = None

    def checked(self) -> Placement:
        """Itself. Raises InputError when the options do not fit each other."""
        if (self.shard_index is None) != (self.num_shards is None):
            raise InputError("--shard-index and --num-shards go together, e.g. --shard-index 3 --num-shards 64")
        if self.workers < 1:
            raise InputError(f"--workers {self.workers}: expected at least 1")
        return self

    @property
    def slice_of(self) -> tuple[int, int] | None:
        """Slice of an array job (index, number), or None for all."""
        return None if self.shard_index is None or self.num_shards is None else (self.shard_index, self.num_shards)


HERE = Placement()
"""One process of this machine."""
