"""A stored network as a torch module computes what onnxruntime computes."""

import numpy as np
import pytest
import torch

from core.rng import rng_for
from ingest.networks import run_network
from ingest.stored_network import StoredNetwork


@pytest.mark.parametrize(("name", "side"), [("person", 256), ("face_box", 128), ("face_landmarks", 192)])
def test_it_answers_as_the_stored_graph_does(name, side):
    picture = rng_for(1, name, "picture").random((side, side, 3), np.float32)
    torch.set_num_threads(1)
    with torch.no_grad():
        found = StoredNetwork(name)(torch.from_numpy(picture)[None])
    for own, stored in zip(found, run_network(name, picture), strict=True):
        assert np.abs(own[0].numpy() - stored).max() < 1e-3 * max(1.0, np.abs(stored).max())


def test_its_weights_are_not_saved_with_what_it_is_a_part_of():
    assert not StoredNetwork("person").state_dict()
