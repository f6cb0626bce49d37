"""What a video file holds beside its pictures, carried into another file: sound, subtitles, titles, chapters.

Copied without decoding where the other file can hold it; else encoded again; else left out. The last two are said.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
from av.stream import Disposition

from core.footage.containers import Container
from core.footage.decode import video_stream

TEXTS = ("srt", "subrip", "mov_text", "webvtt", "ass", "ssa", "text")
_OWN = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}
"""Keys of metadata that are the file's own, not its owner's."""
_QUICKTIME = {"deu": "ger", "nld": "dut", "ell": "gre", "isl": "ice", "zho": "chi", "sqi": "alb"}
"""Languages that a .mov knows by their older codes alone (ISO 639-2/B)."""
_KBPS = {1: 96, 2: 160}


class _Track(Protocol):
    def packets(self, packet: av.Packet) -> Iterator[av.Packet]:
        """What becomes of a packet of the input."""

    def rest(self) -> Iterator[av.Packet]:
        """What was kept back, once the input has ended."""


class Beside:
    """All but the pictures of `reading` for `writing`, a file that ends in `ending`. Made before anything is written.
    `notes`: what is not as it was, one line each."""

    def __init__(
        self,
        writing: av.container.OutputContainer,
        reading: av.container.InputContainer,
        ending: str,
        kind: Container,
    ):
        self.writing, self.ending, self.kind = writing, ending, kind
        self.notes: list[str] = []
        self._tracks: dict[int, _Track] = {}
        self._wanted: list[tuple[str, dict[str, str]]] = []
        self.title, self.chapters = reading.metadata.get("title"), reading.chapters()
        writing.metadata.update({k: v for k, v in reading.metadata.items() if k.lower() not in _OWN})
        if self.chapters:
            writing.set_chapters(self.chapters)
        sounds, shown = 0, video_stream(reading).index
        chapter_tracks = bool(self.chapters)  # in QuickTime chapters are a track of text as well
        for stream in reading.streams:
            if stream.index == shown:
                continue
            if stream.type == "audio":
                sounds += 1
                self._add_sound(stream, sounds)
            elif stream.type == "subtitle":
                self._add_subtitles(stream)
            elif stream.type == "data" and chapter_tracks:
                chapter_tracks = False
            else:
                cover = stream.disposition & Disposition.attached_pic
                what = "a cover picture" if cover else f"another track ({stream.type})"
                self.notes.append(f"{what}: left out")

    def packets(self, packet: av.Packet) -> Iterator[av.Packet]:
        """What a packet of the input becomes in the output."""
        track = self._tracks.get(packet.stream.index)
        if track is not None:
            yield from track.packets(packet)

    def rest(self) -> Iterator[av.Packet]:
        """What is still to come once the input has ended."""
        for track in self._tracks.values():
            yield from track.rest()

    def compare(self, written: Path) -> None:
        """Notes what the finished file says less of than the input did."""
        with av.open(f"file:{written}") as found:
            lost = ["chapters"] if len(found.chapters()) < len(self.chapters) else []
            if self.title and found.metadata.get("title") != self.title:
                lost.append("title")
            for kind in ("audio", "subtitle"):
                there = [_named(stream) for stream in found.streams if stream.type == kind]
                wanted = [names for of, names in self._wanted if of == kind]
                for key in ("language", "title"):
                    gone = [n[key] for n, f in zip(wanted, there, strict=False) if n.get(key) and n[key] != f.get(key)]
                    lost += [f"{key} of {kind} ({', '.join(gone)})"] if gone else []
        if lost:
            self.notes.append(f"{self.ending} does not hold: {'; '.join(lost)}; .mkv does")

    def _add_sound(self, stream: Any, number: int) -> None:
        name = stream.codec_context.name if stream.codec_context is not None else "unknown"
        if stream.codec_context is not None and not stream.codec_context.sample_rate:
            self.notes.append(f"sound {number} ({name}): nothing of it is there, left out")
            return
        if self.kind.may_copy(name):
            try:
                return self._take(stream, _Copied(self.writing.add_stream_from_template(stream)))
            except (av.FFmpegError, ValueError):
                pass
        try:
            encoded = _Encoded(self.writing, stream, self.kind.sound)
        except (av.FFmpegError, ValueError, AttributeError):
            self.notes.append(f"sound {number} ({name}): cannot be decoded, left out")
            return
        self._take(stream, encoded)
        self.notes.append(f"sound {number} ({name}): {self.ending} does not hold it, encoded again as {encoded.name}")

    def _add_subtitles(self, stream: Any) -> None:
        name = stream.codec_context.name if stream.codec_context is not None else "unknown"
        text = self.kind.text
        try:
            if name not in TEXTS or (text and name in ("ass", "ssa")) or _same_text(name, text):
                self._take(stream, _Copied(self.writing.add_stream_from_template(stream)))
                return
        except (av.FFmpegError, ValueError):
            pass
        try:
            if name in TEXTS and text:
                self._take(stream, _Converted(self.writing, stream, text))
                styles = ", without their styles" if name in ("ass", "ssa") else ""
                self.notes.append(f"subtitles ({name}): written as {text}{styles}")
                return
        except (av.FFmpegError, ValueError):
            pass
        self.notes.append(f"subtitles ({name}): {self.ending} does not hold them, left out; .mkv does")

    def _take(self, stream: Any, track: _Copied | _Encoded | _Converted) -> None:
        names = _named(stream)
        if self.ending == ".mov" and "language" in names:
            names["language"] = _QUICKTIME.get(names["language"], names["language"])
        track.stream.metadata.update(names)
        track.stream.disposition = stream.disposition
        self._tracks[stream.index] = track
        self._wanted.append((stream.type, names))


def _named(stream: Any) -> dict[str, str]:
    """A track's language and title, where it has them; QuickTime calls a title a name."""
    found = {"language": stream.metadata.get("language", "und")}
    found["title"] = stream.metadata.get("title") or stream.metadata.get("name") or ""
    return {key: value for key, value in found.items() if value not in ("", "und")}


def _same_text(name: str, other: str) -> bool:
    return {name, other} <= {"srt", "subrip"} or name == other


def _added(writing: av.container.OutputContainer, codec: str, rate: int | None = None) -> Any:
    return writing.add_stream(codec, rate=rate)


class _Rising:
    """Decoding times that rise, though the input's clock was set back or stood still."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._moved = 0

    def __call__(self, packet: av.Packet) -> bool:
        """Sets the packet's times right; False where it has none."""
        if packet.dts is None:
            return False
        dts = packet.dts + self._moved
        if self._last is not None and dts <= self._last:
            self._moved += self._last + max(1, packet.duration or 1) - dts
            dts = packet.dts + self._moved
        self._last = dts
        if packet.pts is not None:
            packet.pts += self._moved
        packet.dts = dts
        return True


class _Copied:
    def __init__(self, stream: Any):
        self.stream, self._times = stream, _Rising()

    def packets(self, packet: av.Packet) -> Iterator[av.Packet]:
        if self._times(packet):
            packet.stream = self.stream
            yield packet

    def rest(self) -> Iterator[av.Packet]:
        return iter(())


class _Encoded:
    """Sound decoded and encoded again."""

    def __init__(self, writing: av.container.OutputContainer, stream: Any, codec: str):
        context, self.name = stream.codec_context, codec.removeprefix("lib")
        opus = codec == "libopus"
        rate = 48_000 if opus or context.sample_rate not in (44_100, 48_000, 32_000) else context.sample_rate
        layout = "mono" if context.layout.nb_channels == 1 else "stereo"
        self.stream: Any = _added(writing, codec, rate)
        encoder: Any = self.stream.codec_context
        encoder.layout, encoder.format = layout, "s16" if opus else "fltp"
        encoder.bit_rate = 1000 * _KBPS[encoder.layout.nb_channels]
        encoder.time_base = Fraction(1, rate)
        self._resampler = av.AudioResampler(encoder.format, layout, rate, 960 if opus else 1024)
        self._times = _Rising()

    def packets(self, packet: av.Packet) -> Iterator[av.Packet]:
        try:
            frames: list[Any] = packet.decode()
        except av.FFmpegError:
            return
        for frame in frames:
            yield from self._encoded(self._resampler.resample(frame))

    def rest(self) -> Iterator[av.Packet]:
        yield from self._encoded([*self._resampler.resample(None), None])

    def _encoded(self, frames: list[Any]) -> Iterator[av.Packet]:
        for frame in frames:
            yield from (packet for packet in self.stream.encode(frame) if self._times(packet))


class _Converted:
    """Subtitles of text in another file's way of holding them."""

    def __init__(self, writing: av.container.OutputContainer, stream: Any, codec: str):
        self._from = stream.codec_context
        self._from.open(strict=False)
        self.stream: Any = _added(writing, codec)
        self.stream.codec_context.subtitle_header = self._from.subtitle_header
        self.stream.codec_context.time_base = Fraction(1, 1000)

    def packets(self, packet: av.Packet) -> Iterator[av.Packet]:
        if packet.pts is None or packet.time_base is None or not packet.size:
            return
        try:
            found = self._from.decode2(packet)
            if found is None:
                return
            text = self.stream.codec_context.encode_subtitle(found)
        except (av.FFmpegError, ValueError):
            return
        text.pts = text.dts = packet.pts
        text.duration, text.time_base, text.stream = packet.duration, packet.time_base, self.stream
        yield text

    def rest(self) -> Iterator[av.Packet]:
        return iter(())
