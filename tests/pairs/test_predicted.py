"""Lossless video whose frames are told from those before: every level comes back, to any reader, in any order; where it
would not save bytes it is not used; damage is told."""

import json
import subprocess

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from core.errors import InputError, WorkError
from core.rng import rng_for
from pairs import frames, predicted
from pairs.frames import index_frames
from pairs.manifest import load_manifest, write_header, write_row
from pairs.predicted import KEY_EVERY, encode_predicted, key_excess, smaller
from pairs.reader import Reader
from pairs.shards import Sample, write_shard
from pairs.video import decode, encode_lossless

FRAMES, HEIGHT, WIDTH = KEY_EVERY + 6, 37, 65
KINDS = pytest.mark.parametrize("dtype", [np.uint8, np.uint16])


def call(dtype, count=FRAMES):
    """A blob of noise that moves before a background that stands still."""
    rng, top = rng_for(1, "predicted", "test"), np.iinfo(dtype).max if dtype == np.uint8 else 1023
    still = rng.integers(0, top + 1, (HEIGHT, WIDTH, 3)).astype(dtype)
    shown = np.repeat(still[None], count, 0)
    for number, frame in enumerate(shown):
        frame[8:20, number : number + 9] = rng.integers(0, top + 1, (12, 9, 3))
    return shown


@KINDS
def test_every_level_comes_back_and_bytes_repeat(dtype):
    noise = rng_for(2, "predicted", "test").integers(0, 256 if dtype == np.uint8 else 1024, (3, 37, 65, 3))
    data = encode_predicted(noise.astype(dtype), 29.97)
    back = decode(data)
    assert back.dtype == dtype and np.array_equal(back, noise)
    assert encode_predicted(noise.astype(dtype), 29.97) == data


@KINDS
def test_a_still_background_is_stored_once_in_a_while(dtype):
    plain = encode_lossless(call(dtype), 30)
    less = smaller(plain, 30)
    assert len(less) < len(plain) / 4
    assert key_excess(less) > len(less) / 8 and key_excess(plain) == 0
    assert np.array_equal(decode(less), call(dtype))


def test_what_would_not_get_smaller_stays_as_it_is():
    smooth = np.linspace((40, 60, 90), (200, 180, 120), 65)
    grain = (smooth + rng_for(3, "predicted", "test").normal(0, 2, (3, 37, 65, 3))).astype(np.uint8)
    for shown in (grain, grain[:1]):
        plain = encode_lossless(shown, 30)
        assert smaller(plain, 30) is plain


def test_an_encoder_that_loses_something_is_found_out(monkeypatch):
    plain = encode_lossless(call(np.uint8), 30)
    monkeypatch.setitem(predicted._OPTIONS, "qp", "1")
    with pytest.raises(WorkError, match="a clip: the encoder lost something"):
        smaller(plain, 30, "a clip")


@KINDS
def test_ffmpeg_reads_the_same_levels(dtype, tmp_path):
    shown, path = call(dtype, 4), tmp_path / "v.mkv"
    path.write_bytes(encode_predicted(shown, 30))
    form = ["-f", "rawvideo", "-pix_fmt", "gbrp" if dtype == np.uint8 else "gbrp10le", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, *form]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    planes = np.frombuffer(raw, dtype).reshape(4, 3, HEIGHT, WIDTH)
    assert np.array_equal(planes[:, [2, 0, 1]].transpose(0, 2, 3, 1), shown)


def test_opencv_reads_the_same_levels(tmp_path):
    shown, path = call(np.uint8, 4), tmp_path / "v.mkv"
    path.write_bytes(encode_predicted(shown, 30))
    video = cv2.VideoCapture(str(path))
    assert np.array_equal([video.read()[1][..., ::-1] for _ in shown], shown)


def test_a_flipped_bit_anywhere_never_gives_other_pixels(require_told):
    shown = call(np.uint8, 4)
    require_told(encode_predicted(shown, 30), shown, 13)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two clips: in either source and target are predicted."""
    out = tmp_path_factory.mktemp("data")
    write_header(out, "clean", {})
    videos = {"source.mkv": call(np.uint16), "target.mkv": call(np.uint8)}
    info = {"frames": FRAMES, "width": WIDTH, "height": HEIGHT, "split": "train"}
    members = {name: encode_predicted(shown, 30) for name, shown in videos.items()}
    clips = [Sample(key, {"json": json.dumps(info).encode(), **members}) for key in ("clip-0", "clip-1")]
    write_row(out, write_shard(out / "all-000000.tar", clips))
    return out


def test_every_frame_in_any_order_is_the_one_that_was_written(folder):
    reader, source, target = Reader(folder), call(np.uint16), call(np.uint8)
    order = [int(number) for number in rng_for(1, "any", "order").permutation(len(reader))]
    for number in (*order, *range(len(reader)), 5, 5, 4):
        item = reader[number]
        assert np.array_equal(item["source"][0], source[item["start"]])
        assert np.array_equal(item["target"][0], target[item["start"]])


def test_in_ascending_order_each_frame_is_decoded_once(folder, monkeypatch):
    reader, decoded, plain = Reader(folder, window=FRAMES, members=("target",)), [], frames._coded

    def noted(path, index, number, name):
        decoded.append(number)
        return plain(path, index, number, name)

    monkeypatch.setattr(frames, "_coded", noted)
    reader[0]
    assert decoded == list(range(FRAMES))
    reader.frame("clip-1", "target", 3)
    assert decoded[FRAMES:] == [0, 1, 2, 3]


def test_a_damaged_frame_takes_those_that_are_told_from_it(folder, copied, tmp_path):
    row = load_manifest(folder).shards[0]
    copied(folder, tmp_path)
    index = index_frames(folder / row.name, row, "clip-0", "target.mkv")
    assert list(index.begins) == [0] * KEY_EVERY + [KEY_EVERY] * 6
    changed = bytearray((folder / row.name).read_bytes())
    changed[int(index.offsets[7]) + int(index.sizes[7]) // 2] ^= 16
    (tmp_path / row.name).write_bytes(changed)
    reader, shown = Reader(tmp_path), call(np.uint8)
    for number in range(FRAMES):
        if 7 <= number < KEY_EVERY:
            with pytest.raises(InputError, match=r"frame 7 of clip-0\.target\.mkv is damaged"):
                reader.frame("clip-0", "target", number)
        else:
            assert np.array_equal(reader.frame("clip-0", "target", number), shown[number])
