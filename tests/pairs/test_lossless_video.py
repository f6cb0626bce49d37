"""Lossless video: every level comes back, the bytes repeat, and damage is told and not painted over."""

import numpy as np
import pytest

from core.errors import InputError
from core.rng import rng_for
from pairs.video import decode, encode_lossless, iter_frames, joined_lossless, slices_are_whole


def noise(dtype, top, frames=3, height=37, width=65):
    return rng_for(1, "video", "test").integers(0, top + 1, (frames, height, width, 3)).astype(dtype)


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 1023)])
def test_every_level_comes_back_and_bytes_repeat(dtype, top):
    frames = noise(dtype, top)
    data = encode_lossless(frames, 29.97)
    back = decode(data)
    assert back.dtype == dtype
    assert np.array_equal(back, frames)
    assert encode_lossless(list(frames), 29.97) == data


def test_what_cannot_be_encoded_is_refused():
    for frames, message in (
        ([], "no frames"),
        ([np.zeros((4, 4, 3), np.float32)], "expected"),
        ([np.zeros((4, 4), np.uint8)], "expected"),
        ([np.full((4, 4, 3), 1024, np.uint16)], "over 1023"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 6, 3), np.uint8)], "differs"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 3), np.uint16)], "differs"),
    ):
        with pytest.raises(ValueError, match=message):
            encode_lossless(frames, 30)


def test_a_flipped_bit_anywhere_never_gives_other_pixels(require_told):
    frames = noise(np.uint8, 255)
    require_told(encode_lossless(frames, 30), frames, 101)


def test_a_cut_or_foreign_file_is_told():
    data = encode_lossless(noise(np.uint8, 255), 30)
    assert len(list(iter_frames(data))) == 3
    for bad in (b"", b"not a video", data[:100]):
        with pytest.raises(InputError, match="movie"):
            decode(bad, "movie")
    with pytest.raises(InputError, match="cannot be decoded"):
        decode("/no/such/file.mkv")


def test_slice_checksums_by_hand():
    import io

    import av

    data = encode_lossless(noise(np.uint8, 255, 1), 30)
    with av.open(io.BytesIO(data)) as container:
        packet = bytes(next(container.demux(video=0)))
    assert slices_are_whole(packet)
    assert not slices_are_whole(packet[:-1])
    assert not slices_are_whole(packet[:20] + bytes([packet[20] ^ 1]) + packet[21:])


@pytest.mark.parametrize("fps", [8.0, 29.97])
@pytest.mark.parametrize(("dtype", "content"), [(np.uint8, "picture"), (np.uint16, "picture"), (np.uint8, "grey")])
def test_frames_coded_one_by_one_are_joined_to_the_same_bytes(dtype, content, fps):
    frames = np.random.default_rng(2).integers(0, 256, (5, 18, 34, 3)).astype(dtype)
    if content == "grey":
        frames = np.repeat(frames[..., :1], 3, -1)
    parts = [encode_lossless(some, 30.0, content) for some in (frames[:1], frames[1:3], frames[3:4], frames[4:])]
    assert joined_lossless(parts, fps, content) == encode_lossless(frames, fps, content)


def test_what_is_joined_is_whole_and_of_one_kind():
    frames = np.random.default_rng(2).integers(0, 256, (2, 18, 34, 3)).astype(np.uint8)
    whole = encode_lossless(frames[:1], 30.0)
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    others = (
        bytes(damaged),
        encode_lossless(frames[:1, :16], 30.0),
        encode_lossless(frames[:1].astype(np.uint16), 30.0),
    )
    for other in (*others, b"nothing"):
        with pytest.raises(InputError, match="part 1: "):
            joined_lossless([whole, other], 30.0)
