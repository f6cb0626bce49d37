"""How long rendering still takes, from what its clips took so far; nothing where nothing is known yet."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class _Running:
    began: float
    first: float | None = None
    frames: int = 0
    found: int = 0
    """Frames that were there when it began."""


@dataclass
class TimeLeft:
    """Follows clips of `frames` frames through the hands of `workers`; all times in seconds of one clock.

    What a clip takes is known from those that are done, from start to judged and kept; before the first of them, from
    the pace of the frames so far, which says nothing of what comes after the last frame.
    """

    frames: int
    workers: int = 1
    waiting: int = 0
    running: dict[str, _Running] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    def start(self, key: str, now: float) -> None:
        self.running[key] = _Running(now)
        self.waiting = max(0, self.waiting - 1)

    def progress(self, key: str, done: int, now: float) -> None:
        """`done` frames of a clip are there; the first call says with how many it begins."""
        clip = self.running.get(key)
        if clip is None:
            return
        if clip.first is None:
            clip.first, clip.found = now, done
        clip.frames = done

    def over(self, key: str, now: float, done: bool, again: bool = False) -> None:
        """A clip ended: `done`, given up, or to be tried `again`."""
        clip = self.running.pop(key, None)
        if clip is not None and done and not clip.found:
            self.took.append(now - clip.began)
        self.waiting += again

    def of(self, key: str, now: float) -> float | None:
        """Seconds that a running clip still takes, or None while nobody can tell: no frame yet and no clip before it,
        or longer than those before it took."""
        clip = self.running.get(key)
        if clip is None:
            return None
        spent = now - clip.began
        made = clip.frames - clip.found
        left = self.frames - clip.frames
        by_pace = None if clip.first is None or made <= 0 else (now - clip.first) / made * left
        if not self.took:
            return by_pace if left else None
        mean = sum(self.took) / len(self.took)
        rest = mean * (1 - clip.found / self.frames) - spent
        if left and by_pace is not None:
            return max(rest, by_pace)
        return rest if rest > 0 else None

    def all(self, now: float) -> float | None:
        """Seconds until everything is done, or None."""
        parts = [self.of(key, now) for key in list(self.running)]  # a copy: others ask while clips come and go
        known = [part for part in parts if part is not None]
        if not known or len(known) < len(parts):
            return None
        each = sum(self.took) / len(self.took) if self.took else self._by_pace(now)
        return max([*known, (sum(known) + self.waiting * each) / max(1, self.workers, len(known))])

    def _by_pace(self, now: float) -> float:
        """Of a whole clip, as those under way are going."""
        paces = [
            clip.first - clip.began + (now - clip.first) / (clip.frames - clip.found) * self.frames
            for clip in list(self.running.values())
            if clip.first is not None and clip.frames > clip.found
        ]
        return sum(paces) / max(1, len(paces))
