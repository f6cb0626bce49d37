"""Teaching a judge: it learns, goes on exactly after a kill, replaces nothing unasked, and hears what people voted."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch

from core.colour import quantise
from core.errors import InputError
from keyfill.cli import main
from score.learned import held_out, teaching
from score.learned.factors import NAMES
from score.learned.held_out import Outcome, accuracy, moved_by_causes, reliability, temperature
from score.learned.judge_file import EARLIER, FILE, STATE, read_judge
from score.learned.judging import judge_files
from score.learned.moments import read_moments
from score.learned.preference import EYES
from score.learned.stored_weights import save_weights
from score.learned.teach import set_weights, teach
from score.learned.teaching import Teacher, batch_of, loss_of
from score.learned.threads import one_thread
from score.learned.vote_weights import _fitted
from tests.score.learned.conftest import TINY, write_video


def test_it_learns_what_is_plain(heads):
    """Room and studio light of heads it was taught on, after so few steps."""
    moments = read_moments(heads, TINY, 0).taught
    teacher = Teacher(moments, TINY.model_copy(update={"steps": 40, "learning_rate": 3e-3}), 0)
    batches = [batch_of(moments, TINY, 9, number) for number in range(3)]
    told = lambda network, name: np.mean([loss_of(network, batch)[name].item() for batch in batches])
    with one_thread():
        loss, severity = told(teacher.network, "loss"), told(teacher.network, "severity")
        teacher.run(lambda now: None)
        assert told(teacher.network, "loss") < 0.85 * loss and told(teacher.network, "severity") < 0.75 * severity
        assert told(teacher.network, "right") > 0.65


def test_the_same_input_gives_the_same_judge_also_after_a_kill(heads, taught, tmp_path, monkeypatch):
    """Killed after half of the steps, it goes on to the very same file."""
    whole = teaching.Teacher.advance

    def killed(self):
        if self.step == 6:
            raise KeyboardInterrupt
        return whole(self)

    monkeypatch.setattr(teaching.Teacher, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        teach(heads, TINY, tmp_path / "again", seed=3)
    assert (tmp_path / "again" / STATE).exists() and not (tmp_path / "again" / FILE).exists()
    monkeypatch.setattr(teaching.Teacher, "advance", whole)
    teach(heads, TINY, tmp_path / "again", seed=3)
    one, other = read_judge(taught), read_judge(tmp_path / "again")
    for name, value in one.network.state_dict().items():
        assert torch.equal(value, other.network.state_dict()[name]), name
    assert one.record["held_out"] == other.record["held_out"] and not (tmp_path / "again" / STATE).exists()


def test_a_finished_one_is_kept_and_another_is_not_replaced_unasked(heads, taught, capsys):
    stamp = (taught / FILE).stat().st_mtime_ns
    command = ["teach", str(heads), "--config", str(taught.parent / "c.yaml"), "--out", str(taught), "--quiet"]
    text = "".join(f"  {name}: {value}\n" for name, value in TINY.model_dump().items())
    (taught.parent / "c.yaml").write_text(f"seed: 3\njudge:\n{text}")
    assert main(command) == 0 and (taught / FILE).stat().st_mtime_ns == stamp
    assert "comparisons" in capsys.readouterr().out
    assert main([*command, "--set", "judge.steps=9"]) == 2
    said = capsys.readouterr().err
    assert "judge.steps (8, now 9)" in said and "--replace" in said and said.count("\n") == 1
    assert (taught / FILE).stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{heads}", "--out", "{out}"], "--config"),
        (["--out", "{out}"], "CLEAN"),
        (["--votes", "{out}", "--out", "{out}"], "--clips"),
        (["{heads}", "--config", "{config}", "--out", "{heads}"], "folder of the shards"),
        (["{heads}", "--config", "{config}", "--out", "{out}", "--set", "judge.held_people=0.0"], "held out"),
        (["{heads}", "--config", "{config}", "--out", "{out}", "--set", "judge.stepz=1"], "stepz"),
    ],
)
def test_a_mistake_is_one_line(arguments, said, heads, tmp_path, capsys):
    (tmp_path / "c.yaml").write_text("judge: {steps: 2}\n")
    places = {"{heads}": str(heads), "{out}": str(tmp_path / "out"), "{config}": str(tmp_path / "c.yaml")}
    assert main(["teach", "--quiet", *(places.get(text, text) for text in arguments)]) == 2
    message = capsys.readouterr().err
    assert said in message and message.count("\n") == 1 and not (tmp_path / "out").exists()


def test_one_begun_with_another_keeps_its_eyes_and_concludes_anew(heads, taught, tmp_path, capsys):
    """Also with one of the format before, which is refused where it is to judge."""
    before, record = read_judge(taught), dict(read_judge(taught).record)
    old = tmp_path / "old"
    old.mkdir()
    weights = {n: v for n, v in before.network.state_dict().items() if n.split(".")[0] in (*EYES, "head", "cost")}
    kept = {name: value for name, value in weights.items() if value.is_floating_point()}
    save_weights(old / FILE, EARLIER[0], {key: record[key] for key in record if key != "format"}, kept)
    with pytest.raises(InputError, match="not a judge of this version"):
        read_judge(old)
    (tmp_path / "c.yaml").write_text("judge: " + TINY.model_dump_json())
    command = ["teach", str(heads), "--config", str(tmp_path / "c.yaml"), "--quiet"]
    assert main([*command, "--judge", str(old), "--out", str(tmp_path / "new")]) == 0
    after = read_judge(tmp_path / "new")
    assert after.record["begun_with"].startswith(EARLIER[0])
    for name, value in after.network.state_dict().items():
        same = name in kept and torch.equal(value, kept[name])
        assert same or name.split(".")[0] not in EYES or name.endswith("num_batches_tracked"), name
    assert torch.equal(after.network.head[0].weight, before.network.head[0].weight)
    assert not torch.equal(after.network.cost, before.network.cost)
    assert main([*command, "--out", str(tmp_path / "new")]) == 2
    assert "--judge" in capsys.readouterr().err
    kept.pop("where.0.weight")
    save_weights(old / FILE, EARLIER[0], {"fingerprint": "f"}, kept)
    assert main([*command, "--judge", str(old), "--out", str(tmp_path / "other")]) == 2
    assert "where.0.weight" in capsys.readouterr().err


def outcome(logits, kinds=None, gap=1.0):
    rows = np.zeros((len(logits), len(NAMES)))
    rows[:, 5] = gap
    return Outcome(kinds or ("noise",) * len(logits), np.array(logits), np.full(len(logits), gap), rows * 0.8, rows)


def test_the_temperature_of_a_judge_that_is_too_sure_is_found():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, 4000)
    right = rng.random(4000) < 1 / (1 + np.exp(-np.abs(logits)))
    sure = 3 * np.where(right, np.abs(logits), -np.abs(logits))
    assert temperature(outcome(sure)) == pytest.approx(1 / 3, rel=0.1)
    rows = reliability(outcome(sure / 3))
    assert all(row["right"] == pytest.approx(row["p"], abs=0.06) for row in rows)


def test_accuracy_is_told_by_kind():
    found = accuracy(outcome([1, -1, -3, 2], ("noise", "noise", "noise+blur", "room")))
    assert found["noise"] == {"count": 2, "right": 0.5, "surely_wrong": 0.0}
    assert found["several"]["surely_wrong"] == 1.0 and found["room"]["right"] == 1.0 and found["all"]["count"] == 4
    assert moved_by_causes(outcome([1, 1], ("noise", "noise")))["noise"]["noise"] == pytest.approx(0.8)
    assert held_out.KINDS[: len(NAMES)] == NAMES


def test_votes_move_the_weights_to_what_people_mind(a_judge, taught, tmp_path, capsys):
    """Raters who mind nothing but what the judge calls noise."""
    rng, videos = np.random.default_rng(2), tmp_path / "videos"
    for method in ("a", "b"):
        for clip in range(6):
            level = rng.uniform(0.2, 0.8) + rng.uniform(0, 0.2) * rng.standard_normal((36, 64, 3))
            write_video(videos / method / f"c{clip}.mp4", [quantise(level)] * 4)
    with open(tmp_path / "votes.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["rater", "clip", "left", "right", "rating"])
        for clip in range(6):
            found = judge_files(a_judge, videos / "a" / f"c{clip}.mp4", videos / "b" / f"c{clip}.mp4")
            better_left = found.severities[0]["noise"] < found.severities[1]["noise"]
            for rater in range(10):
                rows.writerow([f"r{rater}", f"c{clip}", "a", "b", 1 if better_left else 5])
    out = tmp_path / "ours"
    given = {"--votes": tmp_path / "votes.csv", "--clips": videos, "--judge": taught, "--out": out}
    command = ["teach", *(str(part) for row in given.items() for part in row)]
    assert main([*command, "--quiet"]) == 0
    facts = read_judge(out).record["by_votes"]
    assert facts["votes"] == 60 and facts["agrees_after"] >= facts["agrees_before"]
    assert facts["weights_after"] != facts["weights_before"] and facts["clips"] == 12
    (tmp_path / "votes.csv").write_text("rater,clip,left,right,rating\nann,nowhere,a,b,1\n")
    assert main([*command[:-1], str(tmp_path / "other"), "--quiet"]) == 2
    assert "holds the videos of no vote" in capsys.readouterr().err


def test_the_weights_of_simulated_raters_are_found_and_a_narrow_prior_holds_them_back():
    chance = torch.Generator().manual_seed(4)
    gap = torch.randn(1500, len(NAMES), generator=chance)
    truth, before = torch.linspace(0.3, 3.0, len(NAMES)), torch.full((len(NAMES),), 1.5)
    left = (torch.rand(1500, generator=chance) < torch.sigmoid(gap @ truth)).float()
    assert torch.allclose(_fitted(gap, left, before, 1.0), truth, rtol=0.35)
    assert torch.allclose(_fitted(gap, left, before, 1e-3), before, rtol=0.01)


def test_weights_are_set_as_given(a_judge):
    network = type(a_judge.network)()
    set_weights(network, torch.linspace(0.1, 5, len(NAMES)))
    assert torch.allclose(network.weights, torch.linspace(0.1, 5, len(NAMES)), atol=1e-4)
