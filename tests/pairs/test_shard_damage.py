"""Shards: the same bytes for the same input, and no damage goes unseen."""

import io
import os
import tarfile

import numpy as np
import pytest

from core.errors import InputError, WorkError
from pairs.shards import Sample, read_member, read_shard, scan_shard, write_shard

SAMPLES = [
    Sample("clip-000000-light-00", {"json": b"{}\n", "source.mkv": bytes(range(256)) * 7, "target.mkv": b"t" * 512}),
    Sample("clip-000001-light-00", {"json": b'{"a": 1}\n', "source.mkv": b"s" * 1500, "target.mkv": b""}),
]


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "train-000000.tar"
    return path, write_shard(path, SAMPLES)


def test_reading_gives_back_what_was_written(shard):
    path, row = shard
    assert list(read_shard(path, row)) == SAMPLES
    assert scan_shard(path) == row
    for sample in SAMPLES:
        for name, data in sample.members.items():
            assert read_member(path, row, sample.key, name) == data


def test_same_input_same_bytes_whatever_the_member_order(shard, tmp_path):
    path, row = shard
    turned = [Sample(s.key, dict(reversed(list(s.members.items())))) for s in SAMPLES]
    again = tmp_path / "other" / path.name
    again.parent.mkdir()
    assert write_shard(again, turned) == row
    assert again.read_bytes() == path.read_bytes()


def test_members_have_no_time_owner_or_name_of_this_machine(shard):
    with tarfile.open(shard[0]) as tar:
        for info in tar:
            assert (info.mtime, info.uid, info.gid, info.uname, info.gname, info.mode) == (0, 0, 0, "", "", 0o644)


def test_a_cut_at_every_512_byte_boundary_is_seen(shard):
    path, row = shard
    whole = path.read_bytes()
    assert len(whole) % 512 == 0
    for size in range(0, len(whole), 512):
        path.write_bytes(whole[:size])
        for read in (lambda: list(read_shard(path, row)), lambda: scan_shard(path)):
            with pytest.raises(InputError, match=str(path)):
                read()
        with pytest.raises(InputError, match="the manifest says"):
            read_member(path, row, SAMPLES[0].key, "json")


def test_a_flipped_bit_in_any_block_is_seen(shard):
    path, row = shard
    whole = path.read_bytes()
    used = row.samples[SAMPLES[1].key]["target.mkv"].offset
    chance = np.random.Generator(np.random.Philox(key=5))
    for block in range(used // 512):
        changed = bytearray(whole)
        inside = (
            m.offset <= block * 512 < m.offset + m.bytes for files in row.samples.values() for m in files.values()
        )
        # In a member any bit counts; in a header (or padding) the first byte, which is part of the name.
        at = block * 512 + (int(chance.integers(0, 200)) if any(inside) else 0)
        changed[at] ^= 1 << int(chance.integers(0, 7))
        path.write_bytes(changed)
        if changed != whole and not _padding(row, at):
            with pytest.raises(InputError):
                list(read_shard(path, row))


def _padding(row, at):
    """Whether a byte lies between the end of a member and the next block: it belongs to nobody."""
    ends = [
        (m.offset + m.bytes, -(-(m.offset + m.bytes) // 512) * 512) for f in row.samples.values() for m in f.values()
    ]
    return any(start <= at < end for start, end in ends)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_sample_or_member_is_named(tmp_path, shard, missing):
    path, row = shard
    other = tmp_path / "short.tar"
    fewer = [SAMPLES[0]] if missing else [Sample(SAMPLES[0].key, {"json": b"{}\n"}), SAMPLES[1]]
    write_shard(other, fewer)
    data = other.read_bytes()
    path.write_bytes(data + bytes(row.bytes - len(data)))
    with pytest.raises(InputError, match=f"{SAMPLES[missing].key}.*missing"):
        list(read_shard(path, row))


def test_an_empty_file_is_no_shard(shard):
    path, row = shard
    path.write_bytes(b"")
    with pytest.raises(InputError, match="0 bytes"):
        list(read_shard(path, row))
    with pytest.raises(InputError, match="empty"):
        scan_shard(path)
    path.unlink()
    with pytest.raises(InputError, match="missing"):
        list(read_shard(path, row))


def _tar(path, name, kind=tarfile.REGTYPE, link=""):
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, link, 2 if kind == tarfile.REGTYPE else 0
        tar.addfile(info, io.BytesIO(b"{}"))


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("../clip.json", tarfile.REGTYPE, ""),
        ("/etc/clip.json", tarfile.REGTYPE, ""),
        ("a/b.json", tarfile.REGTYPE, ""),
        ("clip.json", tarfile.SYMTYPE, "/etc/passwd"),
        ("clip.json", tarfile.LNKTYPE, "other.json"),
        ("clip", tarfile.DIRTYPE, ""),
        ("clip.json", tarfile.FIFOTYPE, ""),
        ("clip.json", tarfile.CHRTYPE, ""),
        ("-rf.json\n", tarfile.REGTYPE, ""),
        ("c:lip.json", tarfile.REGTYPE, ""),
        ("CLIP.json", tarfile.REGTYPE, ""),
    ],
)
def test_hostile_names_and_kinds_are_refused(tmp_path, name, kind, link):
    path = tmp_path / "bad.tar"
    _tar(path, name, kind, link)
    with pytest.raises(InputError, match="not a plain file named"):
        scan_shard(path)


def test_a_pax_record_cannot_rename_a_member(tmp_path):
    path = tmp_path / "bad.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("clip.json")
        info.size, info.pax_headers = 2, {"comment": "x"}
        tar.addfile(info, io.BytesIO(b"{}"))
    with pytest.raises(InputError, match="not a plain file"):
        scan_shard(path)


@pytest.mark.parametrize("key", ["A", "a.b", "../a", "", "a b", "a\n"])
def test_a_bad_key_leaves_no_file(tmp_path, key):
    with pytest.raises(ValueError, match="sample key"):
        write_shard(tmp_path / "x.tar", [SAMPLES[0], Sample(key, {"json": b"{}"})])
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_middle_leaves_no_file(tmp_path):
    def broken():
        yield SAMPLES[0]
        raise KeyError("the source broke")

    with pytest.raises(KeyError):
        write_shard(tmp_path / "x.tar", broken())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_or_read_only(tmp_path):
    with pytest.raises(WorkError, match="cannot be written"):
        write_shard(tmp_path / "nowhere" / "x.tar", SAMPLES)
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(WorkError, match="cannot be written"):
            write_shard(tmp_path / "x.tar", SAMPLES)
        tmp_path.chmod(0o700)
