"""The whole-run config: one YAML file says everything that `keyfill run` does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from core.config import Section, load, parse
from core.errors import InputError
from core.files import why_unwritable
from degrade.config import DegradeConfig
from farm.config import FarmConfig
from pairs.gate_config import GateConfig
from render.config import RenderConfig
from scenes.config import ScenesConfig
from scenes.rooms.config import RoomsConfig
from score.learned.judge_config import JudgeConfig
from train_baseline.config import TrainConfig


class ShardsConfig(Section):
    """How clips are packed."""

    clips_per_shard: int = Field(32, ge=1, le=10_000, description="clips per shard; shards of 0.5 to 1 GB read well")


class RunConfig(Section):
    """Everything drawn, rendered, degraded and trained, in the order it happens."""

    seed: int = Field(0, ge=0, lt=2**63, description="every random number follows from this and from its own identity")
    scenes: ScenesConfig = ScenesConfig()
    render: RenderConfig = RenderConfig()
    shards: ShardsConfig = ShardsConfig()
    farm: FarmConfig = FarmConfig()
    gate: GateConfig = GateConfig()
    degrade: DegradeConfig = DegradeConfig()
    train: TrainConfig = TrainConfig()
    rooms: RoomsConfig = RoomsConfig()
    judge: JudgeConfig = JudgeConfig()


Part = TypeVar("Part", bound=Section)


def load_run(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """A whole-run config. Raises InputError with file, line, column and key."""
    return load(path, RunConfig, overrides, files=("degrade",))


def load_part(path: Path, name: str, model: type[Part], overrides: Sequence[str] = ()) -> tuple[Part, int]:
    """One section and the seed, from a whole-run config or from a file that holds this section alone.

    With a whole-run config, overrides are written as there (`degrade.severity=0.5`); with a section alone, without the
    section's name (`severity=0.5`).
    """
    data, places = parse(path)
    keys = set(data) if isinstance(data, dict) else set()
    if keys and (keys <= set(RunConfig.model_fields) or name in keys - set(model.model_fields)):
        config = load_run(path, overrides)
        return getattr(config, name), config.seed
    if "seed" in keys and keys - {"seed"} <= set(model.model_fields):
        raise InputError(f"{places[('seed',)]}: seed: stands beside a section; put the other keys under {name}:")
    return load(path, model, overrides), 0


def say_if_idle(chain: DegradeConfig, path: Path) -> None:
    """A line on stderr where the degradation of the config at `path` changes nothing, which is hardly ever meant."""
    if chain.idle:
        why = (
            "severity is 0"
            if chain.severity == 0
            else "the config has no stage of degradation, and none is the default"
        )
        print(
            f"keyfill: {path}: nothing will be degraded: {why}; configs/degrade/webcam.yaml has those of a webcam call",
            file=sys.stderr,
        )


def require_writable(folder: Path, flag: str = "--out") -> None:
    """Refuse an output folder that cannot be made or written, before any work is done. Leaves nothing behind: what else
    is wrong with the input comes to light later."""
    reason = why_unwritable(folder)
    if reason is not None:
        raise InputError(f"{flag} {folder}: cannot be written: {reason}; choose another folder")
