"""The gate inside a run: what it refuses never enters a shard, is drawn anew or quarantined; reasons are kept."""

import json

import pytest

from farm.produce import produce
from pairs.dataset import Dataset
from pairs.limits import GateConfig


@pytest.fixture
def make(stand_in):
    def run(out, redraws, modes):
        gate = GateConfig(redraws=redraws, firefly_step=0)
        return produce(stand_in.plan(3, modes=modes), out, 2, {}, gate=gate, workers=2, min_free_bytes=0)

    return run


def test_a_refused_clip_is_quarantined_and_not_tried_again(make, tmp_path):
    report = make(tmp_path, 0, {1: "dark"})
    assert list(report.quarantined) == ["clip-000001"]
    record = json.loads((tmp_path / "quarantine" / "clip-000001.json").read_text())
    assert record["state"] == "rejected"
    assert "on the face the target is" in record["rejected"][0][0]
    assert "clip-000001-light-00" not in set(Dataset(tmp_path).keys())
    again = make(tmp_path, 0, {1: "exit"})
    assert (again.made, again.kept, list(again.quarantined)) == (0, 2, ["clip-000001"])
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [e["reason"] for e in events if e["event"] == "quarantine"] == ["; ".join(record["rejected"][0])]


@pytest.mark.slow
def test_a_refused_clip_is_drawn_anew_when_configured(make, tmp_path, shard_sums):
    report = make(tmp_path / "a", 1, {1: "dark"})
    assert (report.made, report.quarantined) == (3, {})
    rows = {key: clip for row in Dataset(tmp_path / "a").manifest.shards for key, clip in row.clips.items()}
    assert {key: clip["draw"] for key, clip in rows.items()} == {"clip-000000": 0, "clip-000001": 1, "clip-000002": 0}
    make(tmp_path / "b", 1, {1: "dark"})
    assert shard_sums(tmp_path / "a") == shard_sums(tmp_path / "b")
