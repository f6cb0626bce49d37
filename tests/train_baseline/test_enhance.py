"""Enhance: colours, sound, time stamps and tags come out right; smoothing, cuts and refusals do what they say."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest
import torch

from core.errors import InputError
from core.footage.containers import ENDINGS
from core.rng import rng_for
from keyfill.cli import main
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.export.cube import for_whole_pictures, write_cube
from train_baseline.methods.lut import DARK_KNOTS, UNIFORM_KNOTS, apply_to_frame, identity, on_uniform_grid
from train_baseline.methods.lut_method import Prediction
from train_baseline.methods.lut_session import STILL, SmoothedLuts, Smoother
from train_baseline.methods.make import make_method
from train_baseline.packaged import packaged
from train_baseline.video.enhance import cube, enhance
from train_baseline.video.transcode import tags_of, thumbnail_of

WIDTH, HEIGHT, FRAMES = 128, 72, 12
UNWRITTEN = (".abc", ".gif", ".png", ".mxf", ".mpg", "")
GAIN = np.array([1.5, 1.2, 1.0])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that multiplies red by 1.5 and green by 1.2, whatever it sees: known colours to look for."""
    config = TrainConfig(grid=2, matte=False)
    network = make_method(config.method, 0)
    with torch.no_grad():
        for channel in range(3):
            network.head.bias[48 + 4 * channel] = GAIN[channel] - 1
    folder = tmp_path_factory.mktemp("run")
    record = {"fingerprint": "", "config": config.model_dump(mode="json"), "facts": {}}
    run_folder.save_checkpoint(folder / run_folder.CHECKPOINT, record, network.state_dict())
    return folder


def ffmpeg(*arguments: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *(str(a) for a in arguments)]
    subprocess.run(command, check=True)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Soft colours that drift, with a tone; frame times are uneven."""
    path = tmp_path_factory.mktemp("video") / "in.mkv"
    source = f"gradients=s={WIDTH}x{HEIGHT}:c0=0x604020:c1=0x305060:n=2:seed=1:r=25:d={FRAMES / 25}"
    ffmpeg(
        *("-f", "lavfi", "-i", source, "-f", "lavfi", "-i", f"sine=d={FRAMES / 25}"),
        *("-vf", "setpts='PTS+if(gte(N,6),0.5/TB,0)',scale=out_color_matrix=bt601:out_range=tv,format=yuv420p"),
        *("-fps_mode", "passthrough", "-colorspace", "smpte170m", "-color_range", "tv"),
        *("-c:v", "libx264", "-crf", "4", "-c:a", "aac", path),
    )
    return path


def frames_of(path: Path) -> tuple[list[np.ndarray], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    shown = []
    for frame in frames:
        tags = tags_of(frame)
        matrix = "ITU709" if tags.matrix == "bt709" else "ITU601"
        rgb = frame.reformat(format="rgb24", src_colorspace=matrix, src_color_range="MPEG", dst_color_range="JPEG")
        shown.append(rgb.to_ndarray())
    return shown, [float(frame.time) for frame in frames]


def sound_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def test_colours_time_stamps_sound_and_tags(run: Path, video: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    assert enhance(run, video, out)["frames"] == FRAMES
    before, times = frames_of(video)
    after, times_after = frames_of(out)
    assert times_after == pytest.approx(times, abs=2e-3) and times[6] - times[5] > 0.4
    for source, result in zip(before, after, strict=True):
        expected = np.clip(source * GAIN, 0, 255)
        assert np.abs(result.mean((0, 1)) - expected.mean((0, 1))).max() < 2
        assert np.sqrt(((result - expected) ** 2).mean()) < 4
    assert sound_of(out) == sound_of(video) and sound_of(video)
    with av.open(str(out)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1 and context.pix_fmt == "yuv420p"


def test_side_by_side_keeps_the_input_on_the_left(run: Path, video: Path, tmp_path: Path) -> None:
    enhance(run, video, tmp_path / "both.mp4", side_by_side=True)
    (both, *_), _ = frames_of(tmp_path / "both.mp4")
    (source, *_), _ = frames_of(video)
    assert both.shape == (HEIGHT, 2 * WIDTH, 3)
    assert np.abs(both[:, :WIDTH].astype(float) - source).mean() < 2
    assert np.abs(both[:, WIDTH:].mean((0, 1)) - np.clip(source * GAIN, 0, 255).mean((0, 1))).max() < 2


def test_autoadjust_brightens_a_dark_clip(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", f"color=c=0x302420:s={WIDTH}x{HEIGHT}:d=0.2:r=25", tmp_path / "dark.mp4")
    enhance(None, tmp_path / "dark.mp4", tmp_path / "out.mp4", method="autoadjust")
    after, _ = frames_of(tmp_path / "out.mp4")
    assert after[0].mean() > 1.5 * frames_of(tmp_path / "dark.mp4")[0][0].mean()


def test_smoothing_is_an_exponential_average_and_a_cut_starts_afresh() -> None:
    smoother = Smoother(0.5)
    grey, nothing = torch.full((1, 3, 45, 80), 0.4), torch.zeros(1, 1, 45, 80)
    add = lambda value, picture, elapsed: smoother.add(
        Prediction(torch.tensor([[value]]), nothing + value), picture, elapsed
    )
    assert add(0.0, grey, 0.0).weights == 0
    half = add(1.0, grey + 0.5 * STILL, 0.5 * float(np.log(2)))
    assert float(half.weights) == pytest.approx(0.5, abs=1e-6)
    assert torch.allclose(half.matte, nothing + 0.5)
    after = add(1.0, grey + 0.2, 0.01)
    assert after.weights == 1 and torch.equal(after.matte, nothing + 1)


def test_the_matte_follows_at_once_where_something_moves_and_only_there() -> None:
    smoother = Smoother(0.5)
    grey, nothing = torch.full((1, 3, 45, 80), 0.4), torch.zeros(1, 1, 45, 80)
    smoother.add(Prediction(torch.zeros(1, 1), nothing), grey, 0.0)
    moved = grey.clone()
    moved[..., :20] += 0.1
    matte = smoother.add(Prediction(torch.zeros(1, 1), nothing + 1), moved, 1 / 30).matte[0, 0]
    assert (matte[:, :19] == 1).all()
    assert torch.allclose(matte[:, 22:], torch.tensor(1 - float(np.exp(-1 / 15))))


def test_smoothed_luts_move_less_than_the_network_does() -> None:
    network = make_method(TrainConfig(grid=2).method, 0)
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(rng_for(1, "head", "t").standard_normal((84, 128, 1, 1)) * 0.3))
    frames = [np.clip(rng_for(2, f"{i}", "t").normal(90, 20, (45, 80, 3)), 0, 255).astype(np.uint8) for i in range(9)]

    def movement(smoothing_s: float) -> float:
        luts = SmoothedLuts(network, smoothing_s)
        seen = [luts.next(frame, 1 / 30).lut for frame in frames]
        return float(torch.stack(seen).diff(dim=0).abs().mean())

    assert movement(0.5) < 0.2 * movement(0.0)


def test_thumbnail_follows_the_tags(tmp_path: Path) -> None:
    for matrix in ("bt709", "smpte170m"):
        path = tmp_path / f"{matrix}.mkv"
        name = "bt601" if matrix == "smpte170m" else matrix
        ffmpeg(
            *("-f", "lavfi", "-i", "color=c=0xC04020:s=64x64:d=0.1:r=25"),
            *("-vf", f"format=rgb24,scale=out_color_matrix={name}:out_range=tv,format=yuv420p"),
            *("-colorspace", matrix, "-c:v", "libx264", "-crf", 1, path),
        )
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
        mean = thumbnail_of(frame, tags_of(frame)).mean((0, 1))
        assert np.abs(mean - [0xC0, 0x40, 0x20]).max() < 3, matrix


def read_cube(path: Path) -> np.ndarray:
    """`(3, N, N, N)` float32, indexed `[channel, blue, green, red]`."""
    rows = [line.split() for line in path.read_text().splitlines() if line[:1].isdigit()]
    size = round(len(rows) ** (1 / 3))
    return np.array(rows, np.float32).T.reshape(3, size, size, size)


def test_cube_is_read_by_ffmpeg_as_we_mean_it(run: Path, video: Path, tmp_path: Path) -> None:
    path = tmp_path / "look.cube"
    assert cube(run, video, path)["frames"] == FRAMES
    assert read_cube(path).shape == (3, 36, 36, 36)
    picture = rng_for(3, "picture", "t").integers(0, 256, (64, 64, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "in.png"), picture[..., ::-1])
    ffmpeg("-i", tmp_path / "in.png", "-vf", f"lut3d=file={path}:interp=trilinear", tmp_path / "out.png")
    found = cv2.imread(str(tmp_path / "out.png"))[..., ::-1].astype(float)
    values = torch.from_numpy(read_cube(path))
    assert np.abs(found - apply_to_frame(values, picture, UNIFORM_KNOTS)).max() <= 1
    plain = picture.max(-1) < 160
    assert np.abs(found - picture * GAIN)[plain].max() <= 1.01, "away from where the gain clips"


def as_obs(lut: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """What OBS's filter "Apply LUT" makes of a colour `(3,)` in `[0, 1]` by a PNG (its effect color_grade_filter)."""
    blue = colour[2] * 63
    low = min(int(blue), 62)
    found = []
    for tile in (low, low + 1):
        x = (tile % 8) * 64 + colour[0] * 63
        y = (tile // 8) * 64 + colour[1] * 63
        found.append(cv2.remap(lut, np.float32([[x]]), np.float32([[y]]), cv2.INTER_LINEAR)[0, 0])
    return found[0] + (blue - low) * (found[1] - found[0])


def test_a_png_lut_is_read_by_obs_as_we_mean_it(run: Path, video: Path, tmp_path: Path) -> None:
    assert cube(run, video, tmp_path / "look.png")["size"] == 64
    lut = cv2.imread(str(tmp_path / "look.png"))[..., ::-1].astype(np.float32)
    assert lut.shape == (512, 512, 3)
    for colour in rng_for(4, "colours", "t").uniform(0, 0.6, (20, 3)):
        assert np.abs(as_obs(lut, colour) - 255 * colour * GAIN).max() < 1.5


def test_a_lut_for_other_programs_keeps_black_black_and_greys_in_order(tmp_path: Path) -> None:
    """One that lifts black and lets greys fall; what is sound in it stays. And the packaged checkpoint's."""
    value = torch.linspace(0, 1, 36)
    wavy = identity(UNIFORM_KNOTS)[0] * 0.7 + 0.15 + 0.08 * torch.sin(25 * identity(UNIFORM_KNOTS)[0])
    axis = np.arange(36)
    assert (wavy[:, axis, axis, axis].diff(dim=1) < 0).any() and (wavy[:, 0, 0, 0] > 0.1).all()
    mended = for_whole_pictures(wavy, UNIFORM_KNOTS)
    for lut in (mended, torch.from_numpy(_packaged_lut(tmp_path))):
        assert (lut[:, axis, axis, axis].diff(dim=1) >= -1e-5).all() and float(lut[:, 0, 0, 0].max()) < 1e-5
    above = value >= 0.3
    assert float((mended - wavy)[:, axis, axis, axis][:, above].abs().max()) < 0.07
    gain = identity(DARK_KNOTS)[0] * torch.tensor([1.2, 1.0, 0.9])[:, None, None, None]
    assert torch.equal(for_whole_pictures(gain, DARK_KNOTS), on_uniform_grid(gain[None], DARK_KNOTS)[0].clamp(0, 1))


def _packaged_lut(folder: Path) -> np.ndarray:
    picture = rng_for(5, "dim room", "t").integers(0, 70, (45, 80, 3)).astype(np.uint8)
    cv2.imwrite(str(folder / "dim.png"), cv2.resize(picture, (320, 180)))
    cube(None, folder / "dim.png", folder / "dim.cube")
    return read_cube(folder / "dim.cube")


@pytest.mark.parametrize("size", [17, 33, 36])
def test_cube_round_trip(size: int, tmp_path: Path) -> None:
    lut = identity(DARK_KNOTS)[0] * torch.tensor(GAIN, dtype=torch.float32)[:, None, None, None]
    write_cube(tmp_path / "a.cube", lut, DARK_KNOTS, size)
    found = read_cube(tmp_path / "a.cube")
    axis = np.linspace(0, 1, size)
    assert np.abs(found[0, 0, 0] - np.clip(GAIN[0] * axis, 0, 1)).max() < 1e-5
    assert np.abs(found[1, 0, :, 0] - np.clip(GAIN[1] * axis, 0, 1)).max() < 1e-5


def test_hald_filter_agrees_with_the_exact_lut(run: Path, video: Path, tmp_path: Path) -> None:
    network = run_folder.load(run).method
    (source, *_), _ = frames_of(video)
    with torch.no_grad():
        lut = network.bake(network(torch.zeros(1, 3, 45, 80)).weights)[0]
    enhance(run, video, tmp_path / "out.mkv", crf=0)
    (found, *_), _ = frames_of(tmp_path / "out.mkv")
    assert np.abs(found.astype(float) - apply_to_frame(lut, source, network.knots)).mean() < 1.5


def test_refusals_are_one_line_and_exit_2(
    run: Path, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    half = tmp_path / "half.mp4"
    ffmpeg("-i", video, "-an", "-c:v", "copy", "-movflags", "+faststart", half)
    whole = half.read_bytes()
    half.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    wrong = [
        ([str(run), str(video), str(video)], "is the input itself"),
        ([str(run), str(tmp_path / "none.mp4"), str(tmp_path / "o.mp4")], "no such file"),
        ([str(run), str(tmp_path / "text.mp4"), str(tmp_path / "o.mp4")], "cannot be opened"),
        ([str(run), str(video), str(tmp_path / "no" / "o.mp4")], "folder that exists"),
        *(([str(run), str(video), str(tmp_path / f"o{e}")], "choose a name") for e in UNWRITTEN),
        ([str(tmp_path), str(video), str(tmp_path / "o.mp4")], "no checkpoint.npz"),
        ([str(run), str(video), str(tmp_path / "o.mp4"), "--smooth", "-1"], "--smooth -1: expected 0 to 60"),
        ([str(run), str(video), str(tmp_path / "o.mp4"), "--crf", "99"], "--crf 99: expected 0"),
        ([str(video)], "expected IN OUT"),
    ]
    for arguments, text in wrong:
        assert main(["enhance", *arguments, "--quiet"]) == 2, arguments
        error = capsys.readouterr().err
        assert text in error and error.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["half.mp4", "text.mp4"], "nothing half-written is left"


def test_command_line_writes_a_video_and_a_cube(
    run: Path, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["enhance", str(run), str(video), str(tmp_path / "o.mp4"), "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == FRAMES
    assert main(["cube", str(run), str(video), "--out", str(tmp_path / "o.cube"), "--frame", "3", "--quiet"]) == 0
    assert main(["cube", str(run), str(video), "--out", str(tmp_path / "p.cube"), "--frame", "99", "--quiet"]) == 2
    assert "frames 0 to 11" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["Müller.mkv", "会议.mkv", os.fsdecode(b"M\xfcller.mkv"), 'two\nlines "so".mkv'], ids=ascii
)
def test_a_cube_of_any_file_name_is_ascii_and_read_back(name: str, run: Path, video: Path, tmp_path: Path) -> None:
    shutil.copy(video, tmp_path / name)
    out = tmp_path / Path(name).with_suffix(".cube")
    cube(run, tmp_path / name, out, frame=0)
    title, size, *_ = out.read_bytes().decode("ascii").splitlines()
    assert title.startswith('TITLE "keyfill ') and title.count('"') == 2 and size == "LUT_3D_SIZE 36"
    assert read_cube(out).shape == (3, 36, 36, 36)
    assert {path.name for path in tmp_path.iterdir()} == {name, out.name}


def test_endings_and_cube_sizes_are_refused_before_the_input_is_opened(run: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    for ending in UNWRITTEN:
        with pytest.raises(InputError, match="choose a name such as"):
            enhance(run, tmp_path / "text.mp4", tmp_path / f"o{ending}")
    for name, size, said in (
        ("o.txt", None, r"ends in \.cube"),
        ("o.png", 36, "a LUT as a picture has 64"),
        ("o.cube", 5, "5 grid points"),
        ("no/o.cube", 36, "that exists"),
    ):
        with pytest.raises(InputError, match=said):
            cube(run, tmp_path / "text.mp4", tmp_path / name, size)


@pytest.mark.parametrize("ending", [*ENDINGS, ".MP4"])
def test_every_ending_offered_is_written_and_read_back(ending: str, run: Path, video: Path, tmp_path: Path) -> None:
    enhance(run, video, tmp_path / f"o{ending}")
    assert len(frames_of(tmp_path / f"o{ending}")[0]) == FRAMES and sound_of(tmp_path / f"o{ending}")


def test_an_output_that_is_a_link_is_followed(run: Path, video: Path, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    for name in ("o.mkv", "o.cube"):
        (tmp_path / name).symlink_to(tmp_path / "far" / name)
    enhance(run, video, tmp_path / "o.mkv")
    cube(run, video, tmp_path / "o.cube", frame=0)
    for name in ("o.mkv", "o.cube"):
        assert (tmp_path / name).is_symlink() and (tmp_path / "far" / name).stat().st_size > 1000
    assert len(list((tmp_path / "far").iterdir())) == 2
    (tmp_path / "back.mkv").symlink_to(video)
    with pytest.raises(InputError, match="is the input itself"):
        enhance(run, video, tmp_path / "back.mkv")


def test_sigterm_leaves_nothing_half_written(run: Path, tmp_path: Path) -> None:
    long, out = tmp_path / "long.mkv", tmp_path / "out"
    out.mkdir()
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=60", "-c:v", "libx264", "-preset", "ultrafast", long)
    command = [sys.executable, "-m", "keyfill", "enhance", str(run), str(long), str(out / "o.mkv"), "--quiet"]
    with subprocess.Popen(command) as process:
        while not list(out.iterdir()):
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.wait(60) == -signal.SIGTERM
    assert not list(out.iterdir())


def test_hdr_is_refused(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "hdr.mkv"
    ffmpeg(
        *("-f", "lavfi", "-i", "color=c=gray:s=64x64:d=0.1:r=25"),
        *("-vf", "setparams=color_trc=smpte2084", "-c:v", "libx264", path),
    )
    with pytest.raises(InputError, match="HDR"):
        enhance(run, path, tmp_path / "o.mkv")


@pytest.mark.parametrize(("degrees", "side_by_side"), [(90, False), (90, True), (-90, True), (180, True)])
def test_a_turned_video_is_seen_upright_and_stays_turned(
    degrees: int, side_by_side: bool, run: Path, tmp_path: Path
) -> None:
    """A phone's video lies on its side, with a note by how much: grey, but red where its upper left corner is shown."""
    path = tmp_path / "turned.mp4"
    lying = np.rot90(np.full((HEIGHT, WIDTH, 3), 60, np.uint8), -degrees // 90).copy()
    np.rot90(lying, degrees // 90)[: HEIGHT // 3, : WIDTH // 4] = (140, 30, 30)
    cv2.imwrite(str(tmp_path / "lying.png"), lying[..., ::-1])
    still = ("-loop", 1, "-r", 25, "-t", 0.2, "-i", tmp_path / "lying.png")
    ffmpeg(*still, "-c:v", "libx264", "-pix_fmt", "yuv420p", tmp_path / "plain.mp4")
    ffmpeg("-display_rotation", degrees, "-i", tmp_path / "plain.mp4", "-c", "copy", path)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    red = lambda image: image[..., 0].astype(float) - image[..., 1] > 20
    small = red(thumbnail_of(frame, tags_of(frame)))
    assert small[:10, :15].all() and small.sum() < 0.12 * small.size
    enhance(run, path, tmp_path / "out.mp4", side_by_side=side_by_side)
    with av.open(str(tmp_path / "out.mp4")) as container:
        out = next(container.decode(video=0))
    assert out.rotation % 360 == degrees % 360
    upright = np.rot90(frames_of(tmp_path / "out.mp4")[0][0], degrees // 90)
    assert upright.shape[:2] == (HEIGHT, WIDTH * (1 + side_by_side))
    left, right = upright[:20, :24], upright[:20, side_by_side * WIDTH :][:, :24]
    assert red(left).all() and red(right).all()
    gain = right[..., 0].mean() / 140
    assert gain == pytest.approx(1.5, abs=0.1) and left[..., 0].mean() / 140 == pytest.approx(
        1.0 if side_by_side else 1.5, abs=0.1
    )


def test_a_webcam_runs_until_interrupted_and_its_file_is_whole(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a camera: an endless test picture in its place, and Ctrl-C after a few frames."""
    endless = lambda source: av.open("testsrc=size=128x72:rate=30", format="lavfi")
    monkeypatch.setattr("train_baseline.video.source.opened", endless)

    def interrupt(done: int, total: int, text: str) -> None:
        if done == 7:
            raise KeyboardInterrupt

    found = enhance(run, "/dev/video99", tmp_path / "me.mkv", progress=interrupt)
    assert found["frames"] == 7 and len(frames_of(tmp_path / "me.mkv")[0]) == 7


def shown_by_a_player(path: Path) -> np.ndarray:
    """The first frame as ffmpeg turns it."""
    ffmpeg("-i", path, "-frames:v", 1, path.with_suffix(".shown.png"))
    return cv2.imread(str(path.with_suffix(".shown.png")))[..., ::-1].astype(float)


@pytest.mark.parametrize("side_by_side", [False, True])
@pytest.mark.parametrize(
    "display",
    [("-display_hflip",), ("-display_vflip",), ("-display_rotation", 90, "-display_hflip"),
     ("-display_rotation", 270, "-display_hflip"), ("-display_rotation", 180, "-display_hflip")],
    ids=lambda given: " ".join(map(str, given)),
)  # fmt: skip
def test_a_mirrored_video_stays_as_it_is_shown(
    display: tuple, side_by_side: bool, run: Path, video: Path, tmp_path: Path
) -> None:
    """A player's own word on what the input shows is the oracle."""
    ffmpeg(*display, "-i", video, "-c", "copy", tmp_path / "in.mp4")
    enhance(run, tmp_path / "in.mp4", tmp_path / "out.mp4", side_by_side=side_by_side)
    before, after = shown_by_a_player(tmp_path / "in.mp4"), shown_by_a_player(tmp_path / "out.mp4")
    if side_by_side:
        left, after = np.split(after, 2, axis=1)
        assert np.abs(left - before).mean() < 3
    assert after.shape == before.shape
    assert np.abs(after - np.clip(before * GAIN, 0, 255)).mean() < 4


@pytest.mark.parametrize("matrix", ["bt2020", "smpte240m", "fcc", "bt470bg", "bt709"])
@pytest.mark.parametrize("wide", [False, True])
def test_every_matrix_and_range_comes_out_the_same(matrix: str, wide: bool, run: Path, tmp_path: Path) -> None:
    range_, name = ("pc", "yuvj444p") if wide else ("tv", "yuv444p")
    corner = "drawbox=w=16:h=16:color=black:t=fill"  # of one tone it would be no picture
    ffmpeg(
        *("-f", "lavfi", "-i", "color=c=0x804060:s=64x64:d=0.2:r=25"),
        *("-vf", f"format=rgb24,{corner},scale=out_color_matrix={matrix}:out_range={range_},format={name}"),
        *("-c:v", "libx264", "-crf", 1, tmp_path / "in.mkv"),
    )
    enhance(run, tmp_path / "in.mkv", tmp_path / "out.mkv", crf=1)
    (found, *_), _ = frames_of(tmp_path / "out.mkv")
    assert np.abs(found[20:].mean((0, 1)) - np.array([0x80, 0x40, 0x60]) * GAIN).max() < 5


@pytest.mark.parametrize("tone", ["black", "0x202020", "white"])
def test_where_there_is_no_picture_nothing_is_corrected(tone: str, tmp_path: Path) -> None:
    """The packaged checkpoint, on frames of one tone with a sensor's noise, as a covered camera gives them."""
    noise = "noise=alls=6:allf=t,format=yuv420p"
    ffmpeg(
        *("-f", "lavfi", "-i", f"color=c={tone}:s=320x180:d=0.4:r=10", "-vf", noise),
        *("-c:v", "libx264", "-crf", 4, "-colorspace", "bt709", "-color_range", "tv", tmp_path / "in.mkv"),
    )
    enhance(packaged("curves"), tmp_path / "in.mkv", tmp_path / "out.mkv", crf=4)
    before, after = (np.stack(frames_of(tmp_path / name)[0]).astype(float) for name in ("in.mkv", "out.mkv"))
    assert np.abs(cv2.blur((after - before).mean(0), (9, 9))).max() < 3


@pytest.mark.parametrize("lying", [False, True])
def test_bars_stay_black_and_the_picture_between_is_corrected(lying: bool, tmp_path: Path) -> None:
    """As a film's above and below, as a phone's to the left and right. Their chroma too; bars of odd height."""
    small = rng_for(1, "room", "t").integers(20, 110, (6, 10, 3)).astype(np.uint8)
    picture = cv2.resize(small, (320, 180), interpolation=cv2.INTER_CUBIC)
    bars = np.s_[:, :61] if lying else np.s_[:25]
    other = np.s_[:, -60:] if lying else np.s_[-24:]
    picture[bars] = picture[other] = 0
    cv2.imwrite(str(tmp_path / "in.png"), picture)
    enhance(packaged("curves"), tmp_path / "in.png", tmp_path / "out.mkv", crf=1)
    (after,), _ = frames_of(tmp_path / "out.mkv")
    for bar in (bars, other):
        assert cv2.erode(after[bar], np.ones((5, 5))).max() <= 4, "but where a pixel of chroma is shared"
    assert np.abs(after.astype(int) - picture[..., ::-1]).max() > 30
    session = run_folder.load(packaged("curves")).method.session(25)
    exact = session.correct(picture)
    assert exact[bars].max() == exact[other].max() == 0 and np.abs(exact.astype(int) - picture).max() > 30


def setts(expression: str) -> Callable[[Path, Path], Path]:
    def make(video: Path, folder: Path) -> Path:
        ffmpeg("-i", video, "-c:v", "libx264", "-bf", 0, "-c:a", "copy", folder / "plain.mkv")
        ffmpeg("-i", folder / "plain.mkv", "-c", "copy", "-bsf:v", f"setts=ts='{expression}'", folder / "in.mkv")
        return folder / "in.mkv"

    return make


def made(name: str, *options: str | int) -> Callable[[Path, Path], Path]:
    def make(video: Path, folder: Path) -> Path:
        ffmpeg("-i", video, *options, folder / name)
        return folder / name

    return make


def twice(video: Path, folder: Path) -> Path:
    """Two recordings in one file, each with its own clock, sound too."""
    ffmpeg("-i", video, "-c", "copy", folder / "one.ts")
    (folder / "in.ts").write_bytes((folder / "one.ts").read_bytes() * 2)
    return folder / "in.ts"


@pytest.mark.parametrize(
    ("make", "frames"),
    [
        pytest.param(setts("if(eq(N,4),PREV_OUTPTS,PTS)"), FRAMES, id="a time stamp twice"),
        pytest.param(setts("PTS+3600000"), FRAMES, id="starts after an hour"),
        pytest.param(made("in.h264", "-c:v", "copy", "-an"), FRAMES, id="no time stamps"),
        pytest.param(made("in.avi", "-c:v", "libx264", "-bf", 2, "-c:a", "pcm_s16le", "-r", 25), None, id="B in AVI"),
        pytest.param(twice, 2 * FRAMES, id="a clock set back"),
    ],
)
def test_odd_time_stamps_come_out_rising(
    make: Callable, frames: int | None, run: Path, video: Path, tmp_path: Path
) -> None:
    path = make(video, tmp_path)
    enhance(run, path, tmp_path / "out.mkv")
    shown, times = frames_of(tmp_path / "out.mkv")
    assert frames is None or len(shown) == frames
    steps = np.diff(times)
    assert (steps > 0).all() and steps.max() < 0.7, times
    if frames == FRAMES:
        assert times[-1] - times[0] > 0.4


@pytest.mark.parametrize("name", ["in.mp4", "in.mkv"])
def test_of_a_cut_file_what_is_there_is_corrected_and_it_is_said(
    name: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / name
    source = ("-f", "lavfi", "-i", f"testsrc2=s={WIDTH}x{HEIGHT}:r=25:d=2", "-vf", "noise=alls=30:allf=t")
    ffmpeg(*source, "-c:v", "libx264", "-g", 5, "-pix_fmt", "yuv420p", "-movflags", "+faststart", path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert main(["enhance", str(run), str(path), str(tmp_path / "out.mp4"), "--quiet"]) == 1
    error = capsys.readouterr().err
    assert "cut: " in error and "out.mp4 holds what is there" in error and error.count("\n") == 1
    assert 10 < len(frames_of(tmp_path / "out.mp4")[0]) < 45
    assert main(["cube", str(run), str(path), "--out", str(tmp_path / "cut.cube"), "--quiet"]) == 1
    assert "cut.cube is of what is there" in capsys.readouterr().err and read_cube(tmp_path / "cut.cube").size


def test_what_is_odd_about_its_video_is_said_of_a_lut(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    source = ("-f", "lavfi", "-i", f"testsrc2=s={WIDTH}x{HEIGHT}:d=0.2")
    ffmpeg(*source, "-c:v", "qtrle", "-pix_fmt", "argb", tmp_path / "a.mov")
    assert main(["cube", str(run), str(tmp_path / "a.mov"), "--out", str(tmp_path / "a.cube"), "--quiet"]) == 0
    assert "a.mov: an alpha channel, which is left out" in capsys.readouterr().err


def test_a_folder_of_pictures_becomes_a_webm_and_what_is_odd_is_said(
    run: Path, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    shown, _ = frames_of(video)
    (tmp_path / "pictures").mkdir()
    for number, picture in enumerate(shown):
        cv2.imwrite(str(tmp_path / "pictures" / f"{number}.png"), picture[..., ::-1])
    given = [str(run), str(tmp_path / "pictures"), str(tmp_path / "o.webm"), "--fps", "10", "--quiet"]
    assert main(["enhance", *given]) == 0
    after, times = frames_of(tmp_path / "o.webm")
    assert times == pytest.approx(np.arange(FRAMES) / 10, abs=2e-3)
    assert np.abs(after[5].mean((0, 1)) - np.clip(shown[5] * GAIN, 0, 255).mean((0, 1))).max() < 3
    ffmpeg("-i", video, "-c:v", "qtrle", "-pix_fmt", "argb", "-c:a", "pcm_s16le", tmp_path / "alpha.mov")
    capsys.readouterr()
    assert main(["enhance", str(run), str(tmp_path / "alpha.mov"), str(tmp_path / "o.mp4"), "--quiet"]) == 0
    said = capsys.readouterr().err
    assert "an alpha channel, which is left out" in said and "sound 1 (pcm_s16le): .mp4 does not hold it" in said


def test_odd_names_and_the_hdr_refusal(run: Path, video: Path, tmp_path: Path) -> None:
    for name in ("12:30 call.mkv", "Müller %03d.mkv"):
        shutil.copy(video, tmp_path / name)
        assert enhance(run, tmp_path / name, tmp_path / f"out {name}")["frames"] == FRAMES
    ffmpeg("-i", video, "-c:v", "libx264", "-bsf:v", "h264_metadata=transfer_characteristics=16", tmp_path / "hdr.h264")
    with pytest.raises(InputError, match=r"is HDR, PQ .*: ffmpeg -i 'file:.*zscale"):
        enhance(run, tmp_path / "hdr.h264", tmp_path / "o.mp4")
    ffmpeg("-i", video, "-c:v", "libx264", "-bsf:v", "h264_metadata=matrix_coefficients=14", tmp_path / "i.h264")
    with pytest.raises(InputError, match="ICtCp"):
        enhance(run, tmp_path / "i.h264", tmp_path / "o.mp4")
