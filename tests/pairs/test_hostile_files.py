"""Files that mean harm: pickles in place of arrays are refused and not run."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from render.checkpoint import Checkpoint


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
