"""Video written: every kind of file with every way of lying; what stands beside the pictures is kept, or said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from av.video.frame import PictureType

from core.errors import InputError, WorkError
from core.footage import Footage
from core.footage.containers import ENDINGS, container_of
from core.footage.decode import Decoding, open_container
from core.footage.orientation import AS_IT_LIES, Orientation
from core.footage.writer import Look, VideoWriter, write_video

WIDTH, HEIGHT, FRAMES = 96, 64, 12
COLOURS = [(200, 60, 40), (60, 160, 70), (50, 70, 190), (230, 220, 200), (120, 120, 120), (25, 30, 20)]
SOUNDS = {
    "aac": "aac", "ac3": "ac3", "eac3": "eac3", "mp2": "mp2", "mp3": "libmp3lame", "opus": "libopus", "flac": "flac",
    "alac": "alac", "pcm_s16le": "pcm_s16le", "pcm_s24le": "pcm_s24le", "vorbis": "vorbis -strict -2",
}  # fmt: skip
SRT = "1\n00:00:00,100 --> 00:00:00,300\nHello\n\n2\n00:00:00,400 --> 00:00:00,600\nWorld\n"
CHAPTERS = ";FFMETADATA1\ntitle=My call\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 500}\ntitle={name}\n"
    for start, name in ((0, "One"), (500, "Two"))
)


def ffmpeg(*arguments: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def chart() -> np.ndarray:
    """Six patches, no two alike, so that every way of lying shows."""
    return np.repeat(np.repeat(np.array(COLOURS, np.uint8).reshape(2, 3, 3), HEIGHT // 2, 0), WIDTH // 3, 1)


def yuv(picture: np.ndarray, number: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
    out = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", src_color_range="JPEG")
    out.pts, out.time_base = number * 3600, Look(2, 2, 25).tick
    return out


def rewritten(
    source: Path | None,
    out: Path,
    turned: Orientation = AS_IT_LIES,
    codec: str | None = None,
    frames: int = FRAMES,
) -> list[str]:
    """The chart as a video with all that `source` has beside its pictures."""
    lying = turned.lying(chart())
    look = Look(lying.shape[1], lying.shape[0], 25, crf=4, turned=turned)
    reading = None if source is None else open_container(source)
    with VideoWriter(out, out, look, reading, codec) as writer:
        for number in range(frames):
            writer.write(yuv(lying, number))
        if reading is not None and source is not None:
            for packet, _ in Decoding(reading, source):
                for passed in writer.pass_on(packet):
                    writer.mux(passed)
        notes = writer.finish()
    if reading is not None:
        reading.close()
    return notes


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_way_of_lying_is_shown_upright_from_every_file(ending: str, tmp_path: Path) -> None:
    """Said by the file where it can say it, else done to the pixels."""
    for number in range(8) if ending in (".mp4", ".mkv", ".webm", ".avi") else (3, 6):
        turned = Orientation(bool(number & 1), bool(number & 2), bool(number & 4))
        rewritten(None, tmp_path / f"a{ending}", turned)
        with Footage(tmp_path / f"a{ending}") as footage:
            (_, picture), *others = footage
            assert footage.info.orientation == (turned.words if ENDINGS[ending].turned else "as it lies")
        assert len(others) == FRAMES - 1 and picture.shape == chart().shape
        middle = np.s_[HEIGHT // 4 :: HEIGHT // 2, WIDTH // 6 :: WIDTH // 3]
        assert np.abs(picture[middle].astype(int) - chart()[middle]).max() < 9, turned


@pytest.mark.parametrize(("ending", "codec"), [(e, c) for e, kind in ENDINGS.items() for c in kind.codecs[1:]])
def test_every_codec_offered_is_written(ending: str, codec: str, tmp_path: Path) -> None:
    rewritten(None, tmp_path / f"a{ending}", codec=codec)
    with Footage(tmp_path / f"a{ending}") as footage:
        assert len(list(footage)) == FRAMES and codec in footage.info.codec.replace("libdav1d", "av1")


def test_a_video_is_whole_or_not_there_and_steps_quickly_where_it_should(tmp_path: Path) -> None:
    frames = [chart() + np.uint8(number) for number in range(9)]
    write_video(tmp_path / "a.mp4", frames, 12.5, crf=4, step=4)
    with av.open(str(tmp_path / "a.mp4")) as container:
        shown = [(frame.key_frame, frame.pict_type, frame.time) for frame in container.decode(video=0)]
    assert [key for key, *_ in shown] == [number % 4 == 0 for number in range(9)]
    assert {kind for _, kind, _ in shown} == {PictureType.I, PictureType.P}
    assert [time for *_, time in shown] == [number / 12.5 for number in range(9)]
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "it can be played while it comes"
    with pytest.raises(ZeroDivisionError):
        write_video(tmp_path / "b.mp4", (frame // (4 - n) for n, frame in enumerate(frames) if n < 4 or 1 / 0), 25)
    with pytest.raises(WorkError, match=r"c.mp4: .*No such file"):
        write_video(tmp_path / "none" / "c.mp4", frames, 25)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_codec_that_a_file_cannot_hold_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"a.webm: holds no h264; for that choose .mp4, .m4v, .mov"):
        container_of(Path("a.webm"), "h264")
    with pytest.raises(InputError, match=r"OUT.mp4, OUT.mkv or OUT.webm"):
        container_of(Path("a.gif"))


def test_sound_of_which_nothing_is_there_is_left_out_and_said(sounds: dict[str, Path], tmp_path: Path) -> None:
    """As in a transport stream that was cut before the first of it."""
    ffmpeg(
        "-i", sounds["aac"], "-c", "copy", "-map", "0:v", "-map", "0:a", "-max_interleave_delta", 1, tmp_path / "a.ts"
    )
    data = (tmp_path / "a.ts").read_bytes()
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    of = lambda packet: int.from_bytes(packet[1:3], "big") & 0x1FFF
    (tmp_path / "cut.ts").write_bytes(b"".join(packet for packet in packets if of(packet) != 0x101))
    notes = rewritten(tmp_path / "cut.ts", tmp_path / "b.mp4")
    assert "sound 1 (aac): nothing of it is there, left out" in notes
    with Footage(tmp_path / "b.mp4") as footage:
        assert len(list(footage)) == FRAMES and footage.info.sound_tracks == 0


def test_a_frame_of_another_size_is_resized_and_said(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", tmp_path / "a.mp4", Look(WIDTH, HEIGHT, 25), None) as writer:
        for number, picture in enumerate((chart(), chart()[:64, :64])):
            writer.write(yuv(picture, number))
        assert writer.finish() == [f"a frame of 64x64 among those of {WIDTH}x{HEIGHT}: resized"]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, found = tmp_path_factory.mktemp("sounds"), {}
    tone = ("-f", "lavfi", "-i", "sine=f=440:d=1:r=48000")
    for name, encoder in SOUNDS.items():
        found[name] = folder / f"{name}.mkv"
        picture = ("-f", "lavfi", "-i", f"color=s={WIDTH}x{HEIGHT}:d=1:r=25", "-c:v", "mpeg4")
        ffmpeg(*tone, *picture, "-ac", 2, "-c:a", *encoder.split(), found[name])
    return found


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts", ".flv", ".3gp"])
def test_sound_of_every_kind_is_heard(ending: str, sounds: dict[str, Path], tmp_path: Path) -> None:
    """As it was where the file can hold it; else again as a tone of the same length, and that is said."""
    for name, source in sounds.items():
        notes = rewritten(source, tmp_path / f"a{ending}", frames=9)
        with av.open(str(source)) as before, av.open(str(tmp_path / f"a{ending}")) as after:
            heard = np.concatenate([frame.to_ndarray().astype(float).reshape(-1) for frame in after.decode(audio=0)])
            kinds = [container.streams.audio[0].codec_context.name for container in (before, after)]
        channels = 2
        assert len(heard) / channels == pytest.approx(48000, rel=0.06), (name, kinds)
        assert heard.std() > 0.05 * np.abs(heard).max() > 0
        said = [note for note in notes if note.startswith("sound 1")]
        assert bool(said) == (kinds[0] != kinds[1]), (name, kinds, notes)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two sound tracks, subtitles, a title and chapters, with languages: as .mkv and as .mp4."""
    folder = tmp_path_factory.mktemp("rich")
    (folder / "a.srt").write_text(SRT)
    (folder / "a.txt").write_text(CHAPTERS)
    inputs = [("-f", "lavfi", "-i", source) for source in ("testsrc2=s=96x64:r=25:d=1", "sine=d=1", "sine=f=600:d=1")]
    ffmpeg(
        *(word for words in inputs for word in words),
        *("-i", folder / "a.srt", "-i", folder / "a.txt", "-map", 0, "-map", 1, "-map", 2, "-map", 3),
        *("-map_metadata", 4, "-map_chapters", 4, "-metadata:s:a:0", "language=deu", "-metadata:s:s:0", "language=eng"),
        *("-metadata:s:a:1", "language=fra", "-metadata:s:a:1", "title=Comment"),
        *("-c:v", "mpeg4", "-c:a:0", "aac", "-c:a:1", "ac3", "-c:s", "srt", folder / "a.mkv"),
    )
    ffmpeg("-i", folder / "a.mkv", "-map", 0, "-c", "copy", "-c:s", "mov_text", folder / "a.mp4")
    return {ending: folder / f"a{ending}" for ending in (".mkv", ".mp4")}


def beside(path: Path) -> dict[str, object]:
    with av.open(str(path)) as found:
        texts = [
            line.dialogue.decode() if hasattr(line, "dialogue") else str(line)
            for packet in found.demux()
            if packet.stream.type == "subtitle" and packet.size > 2
            for line in packet.decode()
        ]
        return {
            "title": found.metadata.get("title"),
            "chapters": [(chapter["start"] * chapter["time_base"], chapter["metadata"]["title"])
                         for chapter in found.chapters()],
            "languages": [stream.metadata.get("language") for stream in found.streams.audio],
            "titles": [stream.metadata.get("title") or stream.metadata.get("name") for stream in found.streams.audio],
            "texts": texts,
        }  # fmt: skip


@pytest.mark.parametrize("source", [".mkv", ".mp4"])
@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".webm"])
def test_languages_titles_subtitles_and_chapters_are_kept(
    source: str, ending: str, rich: dict[str, Path], tmp_path: Path
) -> None:
    rewritten(rich[source], tmp_path / f"a{ending}")
    found = beside(tmp_path / f"a{ending}")
    assert found["title"] == "My call" and found["chapters"] == [(0, "One"), (0.5, "Two")]
    assert found["languages"] == ["ger" if ending == ".mov" else "deu", "fra"]
    assert found["titles"] == [None, "Comment"]
    assert len(found["texts"]) == 2 and "Hello" in found["texts"][0] and "World" in found["texts"][1]


@pytest.mark.parametrize("ending", [".avi", ".ts", ".flv"])
def test_what_a_file_does_not_hold_is_said(ending: str, rich: dict[str, Path], tmp_path: Path) -> None:
    said = "; ".join(rewritten(rich[".mkv"], tmp_path / f"a{ending}"))
    assert "chapters" in said and "subtitles (srt)" in said and ".mkv does" in said
    assert len(beside(tmp_path / f"a{ending}")["languages"]) == 2
