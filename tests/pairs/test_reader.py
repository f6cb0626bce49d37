"""The training reader: any frame at random, bit for bit; an order that resumes exactly; processes share nothing."""

import json
import os
import pickle
from itertools import chain

import numpy as np
import pytest
from torch.utils.data import DataLoader

from core.errors import InputError
from core.rng import rng_for
from pairs.frames import index_frames
from pairs.manifest import load_manifest, write_header, write_row
from pairs.reader import EpochSampler, Reader
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

FRAMES, HEIGHT, WIDTH, CLIPS = 6, 36, 64, 5


def pictures(key):
    rng = rng_for(4, key, "reader")
    source = rng.integers(0, 1024, (FRAMES, HEIGHT, WIDTH, 3)).astype(np.uint16)
    target = rng.integers(0, 256, (FRAMES, HEIGHT, WIDTH, 3)).astype(np.uint8)
    return source, target


def sample(key, split):
    source, target = pictures(key)
    mask = np.repeat(target[..., :1], 3, -1)
    info = {"key": key, "frames": FRAMES, "width": WIDTH, "height": HEIGHT, "split": split}
    videos = {"source": source, "target": target, "mask": mask}
    members = {f"{name}.mkv": encode_lossless(frames, 30) for name, frames in videos.items()}
    return Sample(key, {"json": json.dumps(info).encode(), **members})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("data")
    write_header(out, "clean", {})
    for number in range(0, CLIPS, 2):
        clips = [sample(f"clip-{i}", "test" if i == 4 else "train") for i in range(number, min(number + 2, CLIPS))]
        write_row(out, write_shard(out / f"part-{number:06d}.tar", clips))
    return out


def test_every_frame_in_any_order_is_the_one_that_was_written(folder):
    reader = Reader(folder, members=("source", "target", "mask"))
    assert len(reader) == CLIPS * FRAMES
    for number in rng_for(1, "any", "order").permutation(len(reader)):
        item = reader[int(number)]
        source, target = pictures(item["key"])
        assert (item["source"][0] == source[item["start"]]).all() and item["source"].dtype == np.uint16
        assert (item["target"][0] == target[item["start"]]).all() and item["target"].dtype == np.uint8
        assert (item["mask"][0] == target[item["start"], ..., 0]).all()


def test_the_index_is_the_demuxers(folder):
    """Our walk over the headers finds the same bytes as the library that reads the whole file."""
    import io

    import av

    row = load_manifest(folder).shards[0]
    path = folder / row.name
    for name in ("source.mkv", "target.mkv"):
        member = row.samples["clip-0"][name]
        index = index_frames(path, row, "clip-0", name)
        data = path.read_bytes()
        with av.open(io.BytesIO(data[member.offset : member.offset + member.bytes])) as container:
            packets = [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]
            assert container.streams.video[0].codec_context.extradata == index.header
        assert [data[at : at + size] for at, size in zip(index.offsets, index.sizes, strict=True)] == packets


def test_windows_strides_and_splits(folder):
    reader = Reader(folder, split="train", window=3, stride=2)
    assert [start for key, start in reader.items if key == "clip-0"] == [0, 2]
    assert {key for key, _ in reader.items} == {f"clip-{i}" for i in range(4)}
    assert (reader[1]["source"] == pictures("clip-0")[0][2:5]).all()
    assert {key for key, _ in Reader(folder, split="test").items} == {"clip-4"}
    with pytest.raises(InputError, match="no clip of split 'dev' with 1 frames or more"):
        Reader(folder, split="dev")
    with pytest.raises(InputError, match="expected at least 1"):
        Reader(folder, window=0)


def test_any_damaged_frame_is_refused_and_the_others_are_served(folder, copied, tmp_path):
    row = load_manifest(folder).shards[0]
    copied(folder, tmp_path)
    index = index_frames(folder / row.name, row, "clip-0", "target.mkv")
    whole = (folder / row.name).read_bytes()
    for frame in range(FRAMES):
        for place in (0, int(index.sizes[frame]) // 2, int(index.sizes[frame]) - 1):
            changed = bytearray(whole)
            changed[int(index.offsets[frame]) + place] ^= 16
            (tmp_path / row.name).write_bytes(changed)
            reader = Reader(tmp_path)
            with pytest.raises(InputError, match=rf"frame {frame} of clip-0\.target\.mkv is damaged"):
                reader.frame("clip-0", "target", frame)
            assert (
                reader.frame("clip-0", "target", (frame + 1) % FRAMES) == pictures("clip-0")[1][(frame + 1) % 6]
            ).all()
            with pytest.raises(InputError, match="sha256"):
                Reader(tmp_path, whole=True).frame("clip-0", "target", (frame + 1) % FRAMES)
    member = row.samples["clip-0"]["target.mkv"]
    for place in range(member.offset, int(index.offsets[0]), 3):
        changed = bytearray(whole)
        changed[place] = 0
        (tmp_path / row.name).write_bytes(changed)
        try:
            assert (Reader(tmp_path).frame("clip-0", "target", 2) == pictures("clip-0")[1][2]).all()
        except InputError:
            continue
    os.truncate(tmp_path / row.name, len(whole) - 512)
    with pytest.raises(InputError, match="the manifest says"):
        Reader(tmp_path)[0]


def test_a_missing_frame_number_is_named(folder):
    with pytest.raises(InputError, match="has 6 frames, asked for number 6"):
        Reader(folder).frame("clip-0", "source", 6)


def test_an_epoch_holds_every_item_once_over_all_ranks():
    ranks = [EpochSampler(23, seed=5, rank=rank, ranks=4) for rank in range(4)]
    shares = [list(order) for order in ranks]
    assert [len(share) for share in shares] == [5] * 4
    seen = [*chain(*shares)]
    assert len(set(seen)) == 20 and set(seen) <= set(range(23))
    again = [list(order) for order in ranks]
    assert [*chain(*again)] != seen
    assert [*chain(*(EpochSampler(23, 5, rank, 4) for rank in range(4)))] == seen
    assert list(EpochSampler(23, 6, 0, 4)) != shares[0]
    assert list(EpochSampler(4, 1, shuffle=False)) == [0, 1, 2, 3]
    with pytest.raises(InputError, match="rank 4 of 4"):
        EpochSampler(23, 5, 4, 4)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loop_stopped_anywhere_goes_on_with_the_very_next_item(folder, workers):
    """The loader reads ahead with its workers, to the end of the epoch and beyond what the loop has used."""
    reader = Reader(folder)

    def load(order, stop=None):
        seen, loader = [], DataLoader(reader, batch_size=4, sampler=order, num_workers=workers)
        for number, batch in enumerate(loader, 1):
            seen += list(zip(batch["key"], batch["start"].tolist(), strict=True))
            if number == stop:
                return seen, order.state_dict(consumed=number * 4)
        return seen, None

    whole = EpochSampler(len(reader), seed=3)
    first, second = load(whole)[0], load(whole)[0]
    assert sorted(first) == sorted(reader.items) == sorted(second) and first != second
    for stop in (1, 5, 7):
        begin, state = load(EpochSampler(len(reader), seed=3), stop)
        resumed = EpochSampler(len(reader), seed=3)
        resumed.load_state_dict(json.loads(json.dumps(state)))
        # stopped and resumed twice in one epoch
        middle, state = load(resumed, 1) if stop < 7 else ([], state)
        third = EpochSampler(len(reader), seed=3)
        third.load_state_dict(state)
        assert begin + middle + load(third)[0] == first
        assert load(third)[0] == second


def test_a_state_of_other_data_or_at_the_end_of_an_epoch():
    order = EpochSampler(10, seed=3)
    list(order)
    state = order.state_dict(consumed=10)
    after = EpochSampler(10, seed=3)
    after.load_state_dict(state)
    assert list(after) == list(order)
    for other in (EpochSampler(11, 3), EpochSampler(10, 4), EpochSampler(10, 3, 0, 2)):
        with pytest.raises(InputError, match="the saved order has"):
            other.load_state_dict(state)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_reader_in_use_crosses_into_other_processes(folder, method):
    reader = Reader(folder)
    expected = reader[3]["source"]
    loader = DataLoader(reader, sampler=[3], num_workers=1, multiprocessing_context=method, timeout=120)
    assert (next(iter(loader))["source"][0].numpy() == expected).all()
    assert (pickle.loads(pickle.dumps(reader))[3]["source"] == expected).all()
