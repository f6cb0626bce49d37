"""What a run means to do to what is there, told before it does it: nothing finished goes or is made anew unasked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError

NAMED = 3
"""So many names or keys a message gives; the others it counts."""
NOT_THERE = "not there"
"""What a key was that an older record does not have."""


@dataclass(frozen=True)
class Consent:
    """What the user has asked for: `prune` removes what is finished and no longer wanted, `replace` makes anew what is
    finished and was made from something else."""

    prune: bool = False
    replace: bool = False


UNASKED = Consent()


@dataclass(frozen=True)
class Intent:
    """What a run would do at `out`, by name of its `unit` ("clip", "room").

    `new`: not there, or damaged. `anew`: finished (or half finished), but made from something else, `why_anew`; what is
    there goes. `gone`: finished and no longer wanted, `why_gone`. `aside`: finished, and moved to `aside_in` out of the
    way of the new. `kept`: how many stay as they are.
    """

    out: Path
    unit: str
    new: tuple[str, ...] = ()
    anew: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    kept: int = 0
    why_anew: str = ""
    why_gone: str = ""
    aside_in: str = ""

    @property
    def to_make(self) -> tuple[str, ...]:
        """All that the run makes."""
        return (*self.new, *self.anew)

    def require(self, consent: Consent) -> None:
        """Raises InputError, a line for each kind of loss, unless `consent` covers what would be lost."""
        refused = []
        if self.anew and not consent.replace:
            why = f": {self.why_anew}" if self.why_anew else ""
            refused.append(
                f"{self.out}: {self._named(self.anew)} would be made anew, and what is there replaced{why}; "
                "--replace does so, another output keeps both"
            )
        if self.gone and not consent.prune:
            why = f": {self.why_gone}" if self.why_gone else ""
            refused.append(
                f"{self.out}: {self._named(self.gone)} would be removed, as no longer wanted{why}; --prune does so"
            )
        if refused:
            raise InputError("\n".join(refused))

    def lines(self) -> list[str]:
        """A line for all that would be made or go: its name, and "new", "anew", "removed" or "set aside"."""
        kinds = (("new", self.new), ("anew", self.anew), ("removed", self.gone), ("set aside", self.aside))
        return [f"{name} {kind}" for kind, names in kinds for name in names]

    def totals(self) -> str:
        """How many of each, and why."""
        parts = [f"{len(self.new)} to make"]
        if self.anew:
            parts.append(f"{len(self.anew)} to make anew{f' ({self.why_anew})' if self.why_anew else ''}")
        if self.gone:
            parts.append(f"{len(self.gone)} to remove{f' ({self.why_gone})' if self.why_gone else ''}")
        if self.aside:
            parts.append(f"{len(self.aside)} to set aside (in {self.aside_in})")
        return f"{self.out}: {self.unit}s: {', '.join([*parts, f'{self.kept} kept'])}"

    def _named(self, names: tuple[str, ...]) -> str:
        what = self.unit if len(names) == 1 else f"{self.unit}s"
        return f"{len(names)} {what} ({_listed(names)})"


def differences(before: Mapping[str, Any], now: Mapping[str, Any], within: str = "") -> dict[str, str]:
    """Keys that differ, dotted, with what they were and are: `{"render.samples": "48, now 64"}`. A key that only one of
    them has differs too; a section that was none, or is none now, is one difference."""
    found: dict[str, str] = {}
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found |= differences(old, new, f"{within}{key}.")
        elif key not in before or key not in now or old != new:
            was = _short(old) if key in before else NOT_THERE
            found[within + key] = f"{was}, now {_short(new) if key in now else 'none'}"
    return found


def in_words(differing: Mapping[str, str], otherwise: str = "") -> str:
    """`render.samples (48, now 64), seed (0, now 1)`; `otherwise` where nothing differs."""
    return _listed([f"{key} ({values})" for key, values in differing.items()]) or otherwise


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 40 else f"{text[:36]} ..."


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
