"""The gate inside a run: what it refuses never enters a shard, is drawn anew or quarantined; reasons are kept."""

import json

import pytest

from core.errors import InputError, WorkError
from core.intent import Consent
from farm.config import FarmConfig
from farm.placement import Placement
from farm.produce import intended, produce
from farm.status import status
from keyfill.run import run_all
from keyfill.run_config import RunConfig
from pairs.dataset import Dataset
from pairs.gate_config import GateConfig
from pairs.verify import verify


@pytest.fixture
def make(stand_in):
    def run(out, redraws, modes, replace=False, **limits):
        gate = GateConfig(redraws=redraws, firefly_step=0, **limits)
        return produce(
            stand_in.plan(3, modes=modes),
            out,
            2,
            {"config": {"gate": limits}},
            gate=gate,
            placement=Placement(2),
            farm=FarmConfig(min_free_gb=0),
            consent=Consent(replace=replace),
        )

    return run


def test_a_refused_clip_is_quarantined_and_not_tried_again(make, tmp_path):
    report = make(tmp_path, 0, {1: "dark"})
    assert list(report.quarantined) == ["clip-000001"] and report.refused == {"clip-000001"}
    record = json.loads((tmp_path / "quarantine" / "clip-000001.json").read_text())
    assert record["state"] == "rejected"
    assert "on the face the target is" in record["rejected"][0][0]
    assert "clip-000001-light-00" not in set(Dataset(tmp_path).keys())
    again = make(tmp_path, 0, {1: "exit"})
    assert (again.made, again.kept, list(again.quarantined)) == (0, 2, ["clip-000001"])
    assert again.refused == report.refused
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


@pytest.mark.slow
def test_a_bad_lighting_is_left_out_and_the_clips_others_stay(make, tmp_path, shard_sums):
    report = make(tmp_path / "a", 0, {1: "one-dark"})
    assert (report.made, report.quarantined) == (3, {})
    data = Dataset(tmp_path / "a")
    gone = "clip-000001-light-00"
    assert set(data.keys()) == {f"clip-{i:06d}-light-{k:02d}" for i in range(3) for k in range(2)} - {gone}
    facts = {key: clip for row in data.manifest.shards for key, clip in row.clips.items()}
    assert {key: list(clip["dropped"]) for key, clip in facts.items() if clip["dropped"]} == {"clip-000001": [gone]}
    assert "on the face the target is" in facts["clip-000001"]["dropped"][gone][0]
    events = [json.loads(line) for line in (tmp_path / "a" / "events.jsonl").read_text().splitlines()]
    assert [list(event["lightings"]) for event in events if event["event"] == "drop"] == [[gone]]
    assert verify(tmp_path / "a") == () and status(tmp_path / "a").dropped == 1
    assert "under `dropped`: 1" in (tmp_path / "a" / "DATA_CARD.md").read_text()
    again = make(tmp_path / "a", 0, {1: "exit"})
    assert (again.made, again.kept) == (0, 3)
    make(tmp_path / "b", 0, {1: "one-dark"})
    assert shard_sums(tmp_path / "a") == shard_sums(tmp_path / "b")


def test_a_bad_lighting_refuses_the_clip_when_configured(make, tmp_path):
    report = make(tmp_path, 0, {1: "one-dark"}, on_bad_lighting="refuse")
    assert list(report.quarantined) == ["clip-000001"]
    assert report.quarantined["clip-000001"].startswith("clip-000001-light-00: on the face")


@pytest.mark.slow
def test_a_refused_clip_is_tried_again_when_the_gate_has_changed(make, tmp_path, shard_sums):
    make(tmp_path / "a", 1, {1: "always-dark"})
    assert (tmp_path / "a" / "quarantine" / "clip-000001.json").exists()
    report = make(tmp_path / "a", 1, {1: "always-dark"}, face_rule=False)
    assert (report.made, report.kept, report.quarantined) == (1, 2, {})
    make(tmp_path / "b", 1, {1: "always-dark"}, face_rule=False)
    assert shard_sums(tmp_path / "a") == shard_sums(tmp_path / "b")


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2])
def test_what_a_gate_left_out_follows_the_gate_of_now_and_not_the_ones_before(stand_in, tmp_path, shard_sums, size):
    """Gate after gate over one folder: lightings left out come back, and clips that were let through are refused."""

    def plan():
        return stand_in.plan(3, modes={1: "one-dark", 2: "dark"})

    def run(out, limits):
        gate = GateConfig(firefly_step=0, **limits)
        asked = intended(plan(), out, size, {}, gate=gate)
        if asked.anew:  # what other limits had their say in is finished all the same
            with pytest.raises(InputError, match="would be made anew"):
                produce(plan(), out, size, {}, gate=gate, farm=FarmConfig(min_free_gb=0))
        report = produce(
            plan(), out, size, {}, gate=gate, farm=FarmConfig(min_free_gb=0), consent=Consent(replace=True)
        )
        assert not intended(plan(), out, size, {}, gate=gate).to_make
        there = [key.removeprefix("clip-00000").replace("-light-0", ".") for key in Dataset(out).keys()]
        return sorted(int(key[-1]) for key in asked.to_make), report.made, sorted(report.refused), " ".join(there)

    first, second = "clip-000001", "clip-000002"
    assert run(tmp_path / "all", {}) == ([0, 1, 2], 2, [second], "0.0 0.1 1.1")
    assert run(tmp_path / "all", {"on_bad_lighting": "refuse"}) == ([1, 2], 0, [first, second], "0.0 0.1")
    assert run(tmp_path / "all", {"redraws": 1}) == ([1, 2], 2, [], "0.0 0.1 1.1 2.0 2.1")
    assert run(tmp_path / "all", {"face_rule": False}) == ([1, 2], 2, [], "0.0 0.1 1.0 1.1 2.0 2.1")
    run(tmp_path / "once", {"face_rule": False})
    assert shard_sums(tmp_path / "all") == shard_sums(tmp_path / "once")


def test_a_refused_clip_does_not_keep_superseded_shards(stand_in, tmp_path):
    """Whoever reads all tars of the folder gets each sample once."""
    gate = GateConfig(firefly_step=0)
    for size in (1, 3):
        plan = stand_in.plan(3, modes={1: "dark"})
        assert produce(plan, tmp_path, size, {}, gate=gate, farm=FarmConfig(min_free_gb=0)).refused == {"clip-000001"}
    assert [path.name for path in tmp_path.glob("*.tar")] == ["train-000000.tar"]
    assert len(Dataset(tmp_path).keys()) == 4 and not list(tmp_path.glob("manifest/stale/*"))
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["clip-000001"]


def test_the_gate_is_ours_wherever_the_command_is_called(make, tmp_path, monkeypatch):
    """A user's own `pairs` beside the data is not what judges it."""
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs" / "__init__.py").write_text("raise ImportError('not keyfill')")
    monkeypatch.chdir(tmp_path)
    assert make(tmp_path / "out", 0, {}).quarantined == {}


@pytest.mark.parametrize(
    ("modes", "goes_on", "said"),
    [
        pytest.param({}, True, "", marks=pytest.mark.slow),
        ({1: "dark"}, True, "1 of 3 clips was refused by the gate; clip-000001: clip-000001-light-00: on the face"),
        ({1: "dark", 2: "bad-input"}, False, "1 of 3 clips failed; clip-000002: exit code 2"),
        pytest.param(
            dict.fromkeys(range(3), "dark"), False, "3 of 3 clips were refused by the gate", marks=pytest.mark.slow
        ),
    ],
    ids=["good", "one refused", "one failed", "all refused"],
)
def test_the_main_job_does_without_refused_clips_but_not_without_failed_ones(
    make, monkeypatch, capsys, tmp_path, modes, goes_on, said
):
    class Degrading(Exception):
        """The next stage has begun."""

    def degrade(*_, **__):
        raise Degrading

    monkeypatch.setattr("keyfill.run.render_stage", lambda config, clips, out, *_: make(out, 0, modes))
    monkeypatch.setattr("degrade.run.degrade_folder", degrade)
    with pytest.raises(Degrading if goes_on else WorkError, match=None if goes_on else said):
        run_all(RunConfig(), [], tmp_path, Placement(), quiet=True)
    err = capsys.readouterr().err
    assert err.startswith(said) and bool(err) is bool(said) if goes_on else err == ""
