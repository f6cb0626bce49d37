"""How clips are made: the `farm` section of a config, and where a command's clips are placed. Loads no pool, no Ray."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from core.config import Section
from core.errors import InputError


class FarmConfig(Section):
    """How clips are made, whatever machine makes them; none of it changes a pixel."""

    attempts: int = Field(3, ge=1, le=100, description="attempts per clip whose process fails, before quarantine")
    timeout_minutes: float = Field(360.0, gt=0, description="minutes after which a clip is stopped and tried again")
    memory_gb: float = Field(
        0.0, ge=0, description="memory in GB (1e9 bytes) at which a clip's process is stopped; 0: no limit"
    )
    gpus: tuple[str, ...] = Field((), description="GPUs of this machine, dealt to the workers in turn, e.g. ['0', '1']")
    gpu_share: float = Field(0.0, ge=0, le=8, description="on a Ray cluster: GPUs, or the share of one, for a clip")
    cpus: float = Field(1.0, gt=0, description="on a Ray cluster: CPUs for a clip")
    code: str = Field(
        "",
        pattern="^[0-9a-f]{0,12}$",
        description="go on with clips made by this state of the rendering code (versions.code of their manifest)",
    )
    min_free_gb: float = Field(
        0.25, ge=0, description="stop cleanly when less than this many GB are free on the output's disk"
    )


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


HERE, DEFAULTS = Placement(), FarmConfig()
