"""The `farm` section of a config: with what limits clips are made. Loads no pool, no Ray."""

from __future__ import annotations

from pydantic import Field

from core.config import Section


class FarmConfig(Section):
    """How clips are made, whatever machine makes them; none of it changes a pixel."""

    attempts: int = Field(3, ge=1, le=100, description="attempts per clip whose process fails, before quarantine")
    timeout_minutes: float = Field(360.0, gt=0, description="minutes after which a clip is stopped and tried again")
    silence_minutes: float = Field(
        5.0,
        ge=0,
        description="a clip is stopped and tried again, too, when it finishes no frame for ten times as long as its "
        "slowest one took, and at least so many minutes; 0: only timeout_minutes counts",
    )
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


DEFAULTS = FarmConfig()
