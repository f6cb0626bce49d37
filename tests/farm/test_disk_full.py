"""A disk that fills up while rendering, sharding or writing the manifest: said clearly, and nothing is lost."""

import resource

import pytest

from core.errors import InputError, WorkError
from core.files import write_json
from farm.config import FarmConfig
from farm.jobs import Stopped
from farm.produce import produce
from pairs.dataset import Dataset
from pairs.manifest import load_manifest
from pairs.shards import Sample, write_shard


def test_a_shard_that_does_not_fit(small_disk):
    sample = Sample("a", {"json": b"{}", "source.mkv": b"x" * 1_000_000})
    write_shard(small_disk / "small.tar", [sample])
    with pytest.raises(WorkError, match="No space left"):
        write_shard(small_disk / "big.tar", [Sample(f"a{i}", {"source.mkv": b"x" * 500_000}) for i in range(4)])
    assert [p.name for p in small_disk.iterdir()] == ["small.tar"]


def test_a_manifest_that_does_not_fit_keeps_the_old_one(small_disk, fill):
    write_json(small_disk / "manifest.json", {"a": 1})
    fill(small_disk, 0)
    with pytest.raises(WorkError, match="No space left"):
        write_json(small_disk / "manifest.json", {"a": list(range(100_000))})
    assert (small_disk / "manifest.json").read_text() == '{\n "a": 1\n}\n'
    assert sorted(p.name for p in small_disk.iterdir()) == ["ballast", "manifest.json"]


def test_a_clip_that_fills_the_disk_stops_the_run_and_blames_no_clip(small_disk, stand_in):
    plan = stand_in.plan(4, modes={2: "fill-disk"})
    with pytest.raises(Stopped, match="disk is full"):
        produce(plan, small_disk, 2, {}, farm=FarmConfig(min_free_gb=0))
    assert not (small_disk / "quarantine").exists()
    assert len(Dataset(small_disk).keys()) == 4
    (small_disk / "work/clip-000002/draw-0/frames.bin").unlink()
    report = produce(stand_in.plan(4), small_disk, 2, {}, farm=FarmConfig(min_free_gb=0))
    assert (report.made, report.kept, report.quarantined) == (2, 2, {})


@pytest.mark.slow
def test_a_disk_that_fills_while_sharding(small_disk, fill, stand_in, shard_sums, tmp_path):
    produce(stand_in.plan(4), tmp_path / "whole", 4, {}, farm=FarmConfig(min_free_gb=0))
    shard = max(p.stat().st_size for p in (tmp_path / "whole").glob("*.tar"))

    def steal(event):
        if event["event"] == "done" and event["job"] == "clip-000003":
            fill(small_disk, shard // 2)

    with pytest.raises(WorkError, match="No space left"):
        produce(stand_in.plan(4), small_disk, 4, {}, farm=FarmConfig(min_free_gb=0), on_event=steal)
    assert load_manifest(small_disk).shards == ()
    assert not list(small_disk.glob("*.tar")) and not list(small_disk.glob(".*.part"))
    (small_disk / "ballast").unlink()
    report = produce(stand_in.plan(4), small_disk, 4, {}, farm=FarmConfig(min_free_gb=0))
    assert report.kept >= 3
    assert shard_sums(small_disk) == shard_sums(tmp_path / "whole")


def test_too_little_room_is_said_before_a_clip_is_begun(small_disk, stand_in):
    with pytest.raises(Stopped, match=r"disk is full \(\d MiB free\)"):
        produce(stand_in.plan(2), small_disk, 2, {}, farm=FarmConfig(min_free_gb=0.1))


def test_a_file_size_limit_reads_like_a_full_disk(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(WorkError, match="File too large"):
            write_shard(tmp_path / "x.tar", [Sample("a", {"source.mkv": bytes(200_000)})])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_disk_is_refused_before_any_work(read_only_disk, stand_in):
    for out in (read_only_disk, read_only_disk / "deeper"):
        with pytest.raises(InputError, match=r"Read-only file system; choose another --out"):
            produce(stand_in.plan(1), out, 2, {}, farm=FarmConfig(min_free_gb=0))
