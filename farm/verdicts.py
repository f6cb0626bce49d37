"""What a gate has said of a clip before, and whether that verdict still holds for the gate of now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.files import read_record
from farm.shard_plan import PlannedClip
from pairs.gate_config import GateConfig

QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Verdicts:
    """The gate of this run over the data set in `out`; None where there is none."""

    out: Path
    gate: GateConfig | None

    @property
    def redraws(self) -> int:
        """How often a refused clip is drawn again."""
        return 0 if self.gate is None else self.gate.redraws

    @property
    def limits(self) -> dict[str, Any] | None:
        """All that a verdict depends on."""
        return None if self.gate is None else self.gate.model_dump(mode="json", exclude={"redraws"})

    def still_valid(self, facts: dict[str, Any]) -> bool:
        """Whether the clip that a row's `facts` speak of may stay: no other gate left samples of it out or refused a
        drawing of it. The result must not depend on the gates that came before."""
        return not (facts.get("dropped") or facts.get("draw")) or facts.get("gate") == self.limits

    def place(self, key: str) -> Path:
        """The file that says why a clip was set aside."""
        return self.out / QUARANTINE / f"{key}.json"

    def refusal(self, clip: PlannedClip) -> str | None:
        """Why the clip was refused, when this gate would refuse it again; None when it is to be tried."""
        record = read_record(self.place(clip.key))
        if (record.get("state"), record.get("identity")) != ("rejected", clip.identity):
            return None
        if record.get("gate") != self.limits or len(record.get("rejected", ())) <= self.redraws:
            return None
        return str(record.get("reason", ""))
