"""Other people's video, made with the bundled ffmpeg: whatever the container says, the same picture, honest times."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from core.errors import InputError
from core.footage import Footage
from core.footage.colour import sdr_command
from core.footage.orientation import Orientation
from core.footage.times import RisingTimes

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
WIDTH, HEIGHT, COUNT, FPS = 96, 64, 12, 10
COLOURS = [(200, 60, 40), (60, 160, 70), (50, 70, 190), (230, 220, 200), (120, 120, 120), (25, 30, 20)]


def chart(number: int = 0) -> np.ndarray:
    """Six patches, 3x2, no two alike, so that every way of lying shows; the last grows darker from frame to frame."""
    patches = np.array(COLOURS, np.uint8).reshape(2, 3, 3)
    patches[1, 2] += np.uint8(5 * number)
    return np.repeat(np.repeat(patches, HEIGHT // 2, 0), WIDTH // 3, 1)


def ffmpeg(*arguments: str | Path, stdin: bytes | None = None) -> None:
    command = [FFMPEG, "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def made(out: Path, *arguments: str | Path, first: int = 0, count: int = COUNT) -> Path:
    """A video of the chart through ffmpeg with these output options."""
    raw = b"".join(chart(number).tobytes() for number in range(first, first + count))
    given = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-")
    ffmpeg(*given, *arguments, out, stdin=raw)
    return out


def x264(pixels: str = "yuv420p", matrix: str = "bt709", wide: bool = False, tags: tuple[str, ...] = ()) -> list[str]:
    """Nearly lossless H.264 of one matrix and range, tagged so."""
    scale = f"scale=out_color_matrix={matrix}:out_range={'pc' if wide else 'tv'}:flags=accurate_rnd+full_chroma_int"
    named = {"bt470bg": "bt470bg", "bt601": "smpte170m", "bt2020": "bt2020nc"}.get(matrix, matrix)
    range_ = ["-color_range", "pc" if wide else "tv"]
    return ["-vf", f"{scale},format={pixels}", "-c:v", "libx264", "-crf", "4", "-colorspace", named, *range_, *tags]


@dataclass(frozen=True)
class Row:
    """One kind of input: how it is made, and what must be said of it."""

    name: str
    make: Callable[[Path], Path]
    noted: str = ""
    cut: bool = False
    fewest: int = COUNT
    frames: int | None = COUNT
    levels: float = 4.0
    upright: bool = True


def turned(name: str, *display: str) -> Row:
    def make(folder: Path) -> Path:
        # the player's own word on what the file shows is the oracle, so the file is made to show the chart
        lying = made(folder / "lying.mp4", *x264("yuv444p"))
        tagged = folder / "tagged.mp4"
        ffmpeg(*display, "-i", lying, "-c", "copy", tagged)
        return tagged

    return Row(name, make, upright=False)


def simple(name: str, file: str, *arguments: str, **more: object) -> Row:
    return Row(name, lambda folder: made(folder / file, *arguments), **more)


def stamped(file: str, expression: str) -> Callable[[Path], Path]:
    """Time stamps rewritten without decoding."""

    def make(folder: Path) -> Path:
        plain = made(folder / "plain.mkv", *x264(), "-bf", "0")
        ffmpeg("-i", plain, "-c", "copy", "-bsf:v", f"setts=ts='{expression}'", folder / file)
        return folder / file

    return make


NOISY = ["-vf", "noise=alls=40:allf=t", "-c:v", "libx264", "-crf", "10", "-pix_fmt", "yuv420p", "-g", "3"]


def set_back(folder: Path) -> Path:
    """Two recordings in one file, each with its own clock."""
    parts = [made(folder / f"{first}.ts", *x264(), "-bf", "0", first=first, count=6) for first in (0, 6)]
    (folder / "a.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    return folder / "a.ts"


def cut(file: str, share: float, *arguments: str, beside: tuple[str, ...] = ()) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        whole = made(folder / file, *beside, *NOISY, *arguments)
        data = whole.read_bytes()
        whole.write_bytes(data[: int(len(data) * share)])
        return whole

    return make


def folder_of_pictures(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        place = folder / "pictures"
        place.mkdir()
        for number in range(COUNT):
            Image.fromarray(chart(number)).save(place / f"frame{number}.{kind}")
        return place

    return make


def animation(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        first, *others = (Image.fromarray(chart(number)) for number in range(3))
        first.save(folder / f"a.{kind}", save_all=True, append_images=others, quality=95)
        return folder / f"a.{kind}"

    return make


def moved(row: Row, file: str) -> Row:
    def make(folder: Path) -> Path:
        path = row.make(folder)
        return Path(shutil.move(path, folder / file))

    return Row(f"{row.name} as {file}", make)


PLAIN = simple("plain", "a.mp4", *x264())
ROTATIONS = [
    turned("turned 90", "-display_rotation", "90"),
    turned("turned 180", "-display_rotation", "180"),
    turned("turned 270", "-display_rotation", "270"),
    turned("mirrored", "-display_hflip"),
    turned("upside down mirrored", "-display_vflip"),
    turned("turned 90 mirrored", "-display_rotation", "90", "-display_hflip"),
    turned("turned 270 mirrored", "-display_rotation", "270", "-display_hflip"),
]
MATRICES = [
    simple(f"{matrix} {'full' if wide else 'limited'}", "a.mp4", *x264("yuv444p", matrix, wide))
    for matrix in ("bt709", "fcc", "bt470bg", "bt601", "smpte240m", "bt2020")
    for wide in (False, True)
]
FORMATS = [
    simple(f"pixels {pixels}", "a.mkv", *x264(pixels, wide=pixels.startswith("yuvj")))
    for pixels in ("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "nv12")
] + [
    simple("rgb h264", "a.mkv", "-c:v", "libx264rgb", "-qp", "0", levels=1),
    simple("gbrp10", "a.mkv", "-c:v", "ffv1", "-pix_fmt", "gbrp10le", levels=1),
    simple("alpha", "a.mov", "-c:v", "qtrle", "-pix_fmt", "argb", noted="alpha channel", levels=1),
    simple("alpha vp9", "a.webm", "-c:v", "libvpx-vp9", "-crf", "4", "-pix_fmt", "yuva420p", noted="alpha channel",
           levels=8),
    simple("palette", "a.gif", levels=20),
    simple("prores", "a.mov", "-c:v", "prores_ks", "-profile:v", "3"),
    simple("mjpeg", "a.avi", "-c:v", "mjpeg", "-q:v", "1", levels=6),
    simple("h265 12 bits", "a.mkv", "-vf", "scale=out_color_matrix=bt709", "-c:v", "libx265", "-x265-params",
           "log-level=error", "-crf", "4", "-pix_fmt", "yuv444p12le", "-colorspace", "bt709", levels=6),
]  # fmt: skip
PRIMARIES = [
    Row(
        f"primaries {primaries}",
        lambda folder, primaries=primaries: made(
            folder / "a.mkv",
            "-vf",
            "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p10le,colorspace=ispace=bt709:iprimaries=bt709:"
            f"itrc=iec61966-2-1:irange=tv:space=bt709:primaries={primaries}:trc=iec61966-2-1:range=tv",
            *("-c:v", "libx264", "-crf", "1"),
        ),
        noted="converted to those of BT.709",
    )
    for primaries in ("bt2020", "smpte432", "smpte431", "film", "bt470m")
]
TIMES = [
    Row("repeating stamps", stamped("a.mkv", "if(eq(N,4),PREV_OUTPTS,PTS)"), noted="the last one's time stamp"),
    Row("starting anywhere", stamped("a.ts", "PTS+4000*90")),
    Row("clock set back", set_back, noted="1 frame at which the clock was set back"),
    Row("no stamps", lambda f: made(f / "a.h264", *x264()), noted="without a time stamp"),
    Row("b-frames in avi", lambda f: made(f / "a.avi", *x264(), "-bf", "2")),
    simple(
        "variable rate",
        "a.mkv",
        "-vf",
        "setpts=N*N/100/TB",
        "-fps_mode",
        "vfr",
        "-enc_time_base",
        "1:1000",
        "-c:v",
        "ffv1",
        levels=3,
    ),
]
CUTS = [
    Row("cut mp4", cut("a.mp4", 0.5, "-movflags", "faststart"), noted="cut", cut=True, fewest=1, frames=None),
    Row("cut mkv", cut("a.mkv", 0.5), noted="cut", cut=True, fewest=1, frames=None),
    Row("cut avi", cut("a.avi", 0.6), noted="cut", cut=True, fewest=1, frames=None),
    Row("cut webm", cut("a.mkv", 0.8, "-an"), noted="cut", cut=True, fewest=1, frames=None),
    Row("cut in a fragment", cut("a.mp4", 0.8, "-movflags", "frag_keyframe+empty_moov"), noted="beyond the end",
        cut=True, fewest=1, frames=None),
    Row("cut in a fragment's sound", cut("a.mp4", 0.97, "-c:a", "aac", "-movflags", "empty_moov+skip_trailer",
        beside=("-f", "lavfi", "-i", "sine=d=1.2")), noted="bytes of its last part", cut=True, frames=None),
    simple("long frames of sound", "a.mkv", "-f", "lavfi", "-i", "sine=d=1.2", "-c:a", "aac", "-ar", "8000", *x264(),
           "-r", "25", frames=None),
]  # fmt: skip
OTHERS = [
    Row("slanted", turned("slanted", "-display_rotation", "40").make, noted="no quarter turn"),
    Row("animation", animation("webp"), noted="a.webp holds 3 pictures, of which the first", frames=1, levels=8),
    Row("animation png", animation("png"), noted="a.png holds 3 pictures, of which the first", frames=1),
    simple(
        "400 a second",
        "a.mkv",
        *x264(),
        "-vf",
        "setpts=N/400/TB",
        "-r",
        "400",
        frames=None,
        levels=400,
        noted="a frame rate of 400: taken as 30",
    ),
    simple("interlaced", "a.mkv", *x264(), "-flags", "+ildct+ilme", "-x264opts", "tff=1", noted="interlaced"),
    simple("aspect", "a.mp4", *x264(), "-aspect", "2:1", noted="times as wide as high"),
    Row("pictures png", folder_of_pictures("png"), levels=0),
    Row("pictures jpg", folder_of_pictures("jpg"), levels=8),
    moved(PLAIN, "12:30 call.mp4"),
    moved(PLAIN, "Müller 日本 %03d.mp4"),
    moved(PLAIN, "-i.mp4"),
    simple("mpeg2 ps", "a.mpg", "-c:v", "mpeg2video", "-q:v", "1", "-r", "25", frames=None, levels=8),
    simple("webm av1", "a.webm", "-c:v", "libsvtav1", "-crf", "5", "-pix_fmt", "yuv420p", levels=8),
]
TABLE = [PLAIN, *ROTATIONS, *MATRICES, *FORMATS, *PRIMARIES, *TIMES, *CUTS, *OTHERS]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_any_video(row: Row, tmp_path: Path) -> None:
    path = row.make(tmp_path)
    with Footage(path) as footage:
        found = list(footage)
        notes, was_cut, info = footage.notes, footage.cut, footage.info
    times = [frame.time_s for frame in found]
    assert times[0] == 0 and all(later > earlier for earlier, later in itertools.pairwise(times)), times
    assert was_cut == row.cut, notes
    assert row.noted in "; ".join(notes)
    assert bool(notes) >= bool(row.noted)
    assert len(found) >= row.fewest if row.frames is None else len(found) == row.frames
    for number, (_, picture) in enumerate(found):
        assert picture.shape == (info.height, info.width, 3) and picture.dtype == np.uint8
        if row.frames is not None:
            expected = chart(number) if row.upright else as_a_player_shows(path, number)
            assert apart(picture, expected) <= row.levels, number


def apart(picture: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference between the middles of the six patches."""
    assert picture.shape == expected.shape
    rows, columns = (2, 3) if picture.shape[1] > picture.shape[0] else (3, 2)
    height, width = picture.shape[0] // rows, picture.shape[1] // columns
    middle = np.s_[height // 2 :: height, width // 2 :: width]
    one, other = (cv2.blur(p.astype(np.float32), (9, 9))[middle] for p in (picture, expected))
    return float(np.abs(one - other).max())


def as_a_player_shows(path: Path, number: int) -> np.ndarray:
    """The frame as ffmpeg turns it, which reads all eight matrices."""
    done = subprocess.run([FFMPEG, "-v", "error", "-i", path, "-f", "image2pipe", "-c:v", "png", "-"],
                          capture_output=True, check=True)  # fmt: skip
    parts = done.stdout.split(b"\x89PNG\r\n\x1a\n")[1:]
    coded = np.frombuffer(b"\x89PNG\r\n\x1a\n" + parts[number], np.uint8)
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]


@pytest.mark.parametrize(
    ("tag", "code", "named"),
    [
        ("transfer_characteristics", 16, r"PQ .*ffmpeg -i 'file:.*zscale"),
        ("transfer_characteristics", 18, "HLG .*ffmpeg -i"),
        ("transfer_characteristics", 8, "linear light"),
        ("transfer_characteristics", 9, "logarithmic"),
        ("transfer_characteristics", 10, "logarithmic"),
        ("transfer_characteristics", 17, "SMPTE ST 428-1"),
        ("colour_primaries", 10, "SMPTE ST 428-1"),
        ("matrix_coefficients", 0, "RGB in YUV planes"),
        ("matrix_coefficients", 8, "YCgCo"),
        ("matrix_coefficients", 10, "BT.2020 constant luminance"),
        ("matrix_coefficients", 11, "SMPTE 2085"),
        ("matrix_coefficients", 12, "chroma-derived"),
        ("matrix_coefficients", 13, "chroma-derived constant"),
        ("matrix_coefficients", 14, "ICtCp"),
        ("matrix_coefficients", 15, "IPT"),
    ],
)
def test_colours_that_are_not_read_are_refused_by_name(tag: str, code: int, named: str, tmp_path: Path) -> None:
    path = made(tmp_path / "a.h264", *x264("yuv420p10le"), "-bsf:v", f"h264_metadata={tag}={code}")
    with pytest.raises(InputError, match=named), Footage(path) as footage:
        list(footage)


def test_the_command_that_is_named_makes_sdr_of_hdr(tmp_path: Path) -> None:
    hdr = tmp_path / "it's hdr.mkv"
    made(hdr, "-vf", "zscale=pin=709:tin=iec61966-2-1:min=gbr:rin=full:p=2020:t=smpte2084:m=2020_ncl:r=limited:npl=203",
         "-pix_fmt", "yuv420p10le", "-c:v", "libx264", "-crf", "2", "-colorspace", "bt2020nc", "-color_primaries",
         "bt2020", "-color_trc", "smpte2084")  # fmt: skip
    command = sdr_command(str(hdr)).replace("ffmpeg ", f"'{FFMPEG}' -v error ", 1)
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with Footage(tmp_path / "sdr.mp4") as footage:
        (_, picture), *_ = footage
    # tone mapping is a matter of taste; hues and order of brightness are not
    assert picture[10, 10].argmax() == 0 and picture[10, 50].argmax() == 1 and picture[10, 80].argmax() == 2
    assert picture[50, 10].mean() > picture[50, 50].mean() > picture[50, 80].mean()


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("lines", [False, True])
def test_an_orientation_is_mirroring_and_then_quarter_turns(swapped: bool, columns: bool, lines: bool) -> None:
    found, picture = Orientation(swapped, columns, lines), chart()
    other = picture[:, ::-1] if found.mirrored else picture
    assert (found.upright(picture) == np.rot90(other, found.quarter_turns)).all()
    assert (found.lying(found.upright(picture)) == picture).all()


def test_exif_turns_a_picture(tmp_path: Path) -> None:
    for value, expected in ((1, chart()), (3, chart()[::-1, ::-1]), (6, np.rot90(chart(), -1)), (8, np.rot90(chart()))):
        exif = Image.Exif()
        exif[0x0112] = value
        Image.fromarray(chart()).save(tmp_path / "a.png", exif=exif)
        with Footage(tmp_path / "a.png") as footage:
            ((_, picture),) = footage
        assert (picture == expected).all()


def test_square_pixels_on_demand(tmp_path: Path) -> None:
    path = made(tmp_path / "a.mp4", *x264(), "-aspect", "3:1")
    with Footage(path, square=True) as footage:
        assert (footage.info.width, footage.info.height) == (192, 64)
        assert all(picture.shape == (64, 192, 3) for _, picture in footage)


def test_pictures_in_the_order_of_their_numbers_and_of_one_size(tmp_path: Path) -> None:
    place = folder_of_pictures("png")(tmp_path)
    assert [file.name for file in sorted(place.iterdir())][1] == "frame1.png"
    with Footage(place, fps=25) as footage:
        times = [time for time, _ in footage]
    assert times == pytest.approx([number / 25 for number in range(COUNT)])
    Image.fromarray(chart()[:10]).save(place / "frame99.png")
    with pytest.raises(InputError, match=r"frame99.png: is 96x10, frame0.png is 96x64"), Footage(place) as footage:
        list(footage)


def test_sixteen_bits_of_grey_and_half_a_picture(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 200 * 257, np.uint16)).save(tmp_path / "deep.png")
    with Footage(tmp_path / "deep.png") as footage:
        ((_, picture),) = footage
    assert (picture == 200).all()
    Image.fromarray(chart()).save(tmp_path / "half.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "half.png").read_bytes()[:150])
    with pytest.raises(InputError, match=r"half.png: cannot be read as a picture"):
        Footage(tmp_path / "half.png")


def test_what_is_no_video_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        Footage(tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("not a video")
    with pytest.raises(InputError, match=r"text.mp4: cannot be opened as a video"):
        Footage(tmp_path / "text.mp4")
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", tmp_path / "sound.mp4")
    with pytest.raises(InputError, match="holds no video stream"):
        Footage(tmp_path / "sound.mp4")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no pictures"):
        Footage(tmp_path / "empty")
    whole = made(tmp_path / "no index.mp4", *x264())
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(InputError, match="cut before its end, where its index stands"):
        Footage(whole)


def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    Image.fromarray(chart()[::-1]).save(tmp_path / "cover.png")
    video = made(tmp_path / "a.mp4", *x264())
    ffmpeg("-i", tmp_path / "cover.png", "-i", video, "-map", 0, "-map", 1, "-c:v:0", "png", "-c:v:1", "copy",
           "-disposition:v:0", "attached_pic", tmp_path / "covered.mp4")  # fmt: skip
    with Footage(tmp_path / "covered.mp4") as footage:
        found = list(footage)
    assert len(found) == COUNT and apart(found[0].picture, chart()) < 4
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", "-i", tmp_path / "cover.png", "-map", 0, "-map", 1, "-c:v", "png",
           "-disposition:v", "attached_pic", tmp_path / "song.m4a")  # fmt: skip
    with pytest.raises(InputError, match="holds no video stream but a cover picture"):
        Footage(tmp_path / "song.m4a")


def test_of_a_file_that_is_cut_before_its_first_frame_it_is_said_how(tmp_path: Path) -> None:
    """By what its own header names: bytes of an AVI, seconds of a Matroska file."""
    avi, mkv = (made(tmp_path / f"whole.{kind}", *x264()) for kind in ("avi", "mkv"))
    (tmp_path / "cut.avi").write_bytes(avi.read_bytes()[:3000])
    named = rf"cut.avi: .*; it was cut: its header names {avi.stat().st_size:,} bytes, the file has 3,000"
    with pytest.raises(InputError, match=named):
        Footage(tmp_path / "cut.avi")
    first = mkv.read_bytes().index(bytes.fromhex("1F43B675"))  # the cluster that holds the frames
    (tmp_path / "cut.mkv").write_bytes(mkv.read_bytes()[: first + 30])
    with pytest.raises(InputError, match=r"cut: none of the 1.20 s that its header names is there; copy it again"):
        Footage(tmp_path / "cut.mkv")


def test_an_empty_file_and_one_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(InputError, match=r"empty.mp4: cannot be opened as a video"):
        Footage(tmp_path / "empty.mp4")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "gone.mp4")
    with pytest.raises(InputError, match="no such file"):
        Footage(tmp_path / "link.mp4")


def test_a_video_that_changes_its_size_keeps_that_of_the_first_frame(tmp_path: Path) -> None:
    one = made(tmp_path / "one.ts", *x264(), count=6)
    other = tmp_path / "other.ts"
    ffmpeg("-i", one, "-vf", "scale=192:128", "-c:v", "libx264", other)
    (tmp_path / "both.ts").write_bytes(one.read_bytes() + other.read_bytes())
    with Footage(tmp_path / "both.ts") as footage:
        assert {picture.shape for _, picture in footage} == {(HEIGHT, WIDTH, 3)}
        assert footage.frames == 12 and "192x128 among those of 96x64: resized" in "; ".join(footage.notes)


def test_damage_in_the_middle_is_said(tmp_path: Path) -> None:
    path = made(tmp_path / "a.mkv", *NOISY)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    with Footage(path) as footage:
        found = list(footage)
    assert found and ("damaged" in "; ".join(footage.notes) or footage.cut), footage.notes


def test_times_rise_whatever_comes() -> None:
    times = RisingTimes(10)
    stamps = [5.0, 5.1, 5.1, 5.05, 5.3, None, 5.5, 0.0, 0.1]
    found = [times.next(stamp) for stamp in stamps]
    assert found == pytest.approx([0, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert (times.missing, times.repeated, times.fallen, times.set_anew) == (1, 1, 1, 1)
