"""Files that mean harm: YAML that runs code or explodes, pickles in place of arrays; refused quickly, nothing run."""

import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from core.config import Section, load
from core.errors import InputError
from render.checkpoint import Checkpoint


class Plain(Section):
    seed: int = 0
    names: tuple[str, ...] = ()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed: !!python/object/apply:os.system ['touch {mark}']\n", ":1:7: the tag"),
        ("seed: !!python/name:os.system\n", "the tag"),
        ("!!python/object/new:os.system ['touch {mark}']\n", "the tag"),
        ("seed: 1\nseed: 2\n", ":2:1: seed: given twice; first at line 1"),
        ("seed: .nan\n", ":1:7: .nan is not a finite number"),
        ("seed: 1e400\n", "not a finite number"),
        (BOMB, "aliases"),
        ("names:\n" + "- x\n" * 2_500_000, "bytes; a config has at most"),
        ("names: " + "[" * 5000, "nested more than 32 levels deep"),
        ("seed: \x00\n", "not valid YAML"),
        ("seed: no\n", "expected a valid integer"),
        ("seed: 12:30\n", "expected a valid integer, got text '12:30'"),
    ],
    ids=["apply", "name", "new", "twice", "nan", "huge number", "bomb", "10 MB", "deep", "nul", "no", "sexagesimal"],
)
def test_hostile_yaml_is_one_line_and_nothing_runs(tmp_path, text, said):
    mark = tmp_path / "was-run"
    path = tmp_path / "bad.yaml"
    path.write_text(text.replace("{mark}", str(mark)))
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            load(path, Plain)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert said in message and message.startswith(str(path)) and "\n" not in message and len(message) < 500
    assert not mark.exists()


class Harm:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (Path(self.mark),)


def test_a_pickle_where_a_frame_should_be_is_no_frame_and_is_not_run(tmp_path):
    mark = tmp_path / "was-run"
    checkpoint = Checkpoint(tmp_path / "work", {"clip": 1})
    harm = np.empty(1, object)
    harm[0] = Harm(str(mark))
    np.savez(tmp_path / "work" / "frame-00000.npz", source=harm)
    (tmp_path / "work" / "frame-00001.npz").write_bytes(pickle.dumps(harm[0]))
    assert not checkpoint.has(0) and not checkpoint.has(1)
    assert not mark.exists()
    pickle.loads(pickle.dumps(harm[0]))
    assert mark.exists()  # the pickle does do harm where one loads it


def test_a_pickle_where_a_model_should_be_is_refused_and_not_run(tmp_path):
    import torch

    from train_baseline.run_folder import CHECKPOINT, load, read_state

    mark = tmp_path / "was-run"
    torch.save({"format": "keyfill", "weights": Harm(str(mark))}, tmp_path / "state.pt")
    assert read_state(tmp_path / "state.pt") is None
    for data in (pickle.dumps(Harm(str(mark))), (tmp_path / "state.pt").read_bytes()):
        (tmp_path / CHECKPOINT).write_bytes(data)
        with pytest.raises(InputError, match="not a readable checkpoint"):
            load(tmp_path)
    assert not mark.exists()
