"""What each kind of video file that is written here can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError


@dataclass(frozen=True)
class Container:
    """`codecs`: of video, the first by default; `turned`: it can say that its video lies on its side or is mirrored;
    `sound`: in what sound is encoded that it cannot hold; `text`: how it holds subtitles of text, "" not at all;
    `copied`: sound that is copied, where libav's own word on that is not to be trusted."""

    codecs: tuple[str, ...] = ("h264",)
    turned: bool = True
    sound: str = "aac"
    text: str = ""
    copied: tuple[str, ...] = ()

    def may_copy(self, sound: str) -> bool:
        """Whether sound of this codec may be copied, if libav agrees."""
        return not self.copied or (sound.partition("_")[0] if sound.startswith("pcm_") else sound) in self.copied


_OPEN = ("h264", "vp9", "av1")
_DISCS = ("aac", "ac3", "eac3", "mp3", "mp3float")
# libav writes any sound into a transport stream, of which readers then see nothing
_TRANSPORT = Container(turned=False, copied=(*_DISCS, "aac_latm", "mp2", "opus"))
ENDINGS = {
    ".mp4": Container(_OPEN, text="mov_text", copied=(*_DISCS, "alac", "flac", "opus")),
    ".m4v": Container(text="mov_text"),
    ".mov": Container(text="mov_text", copied=(*_DISCS, "alac", "mp2", "pcm")),
    ".mkv": Container(_OPEN, text="srt"),
    ".webm": Container(("vp9", "av1"), sound="libopus", text="webvtt"),
    ".avi": Container(turned=False),
    ".ts": _TRANSPORT,
    ".mts": _TRANSPORT,
    ".m2ts": _TRANSPORT,
    ".flv": Container(turned=False, copied=("aac", "mp3", "mp3float")),
    ".f4v": Container(),
    ".3gp": Container(text="mov_text"),
    ".nut": Container(turned=False),
}
"""By a file's ending. Others are refused before libav sees them: with some it crashes."""


def container_of(path: Path, codec: str | None = None) -> tuple[Container, str]:
    """What a file of this name can hold, and the video codec it gets: `codec`, or its first. InputError for an ending
    that is not written here, and for a codec that does not go with it."""
    found = ENDINGS.get(path.suffix.lower())
    if found is None:
        raise InputError(f"{path}: no video that is written here; choose a name such as OUT.mp4, OUT.mkv or OUT.webm")
    if codec is not None and codec not in found.codecs:
        others = ", ".join(ending for ending, kind in ENDINGS.items() if codec in kind.codecs)
        raise InputError(f"{path}: holds no {codec}; for that choose {others or _words(_OPEN)}")
    return found, codec or found.codecs[0]


def _words(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
