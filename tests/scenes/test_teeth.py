"""Teeth show between the lips of an open mouth and stay behind closed ones."""

import numpy as np

from scenes.body.body import Pose, build_body
from scenes.body.teeth import teeth_drop
from scenes.config import ScenesConfig
from scenes.draw import draw_scene


def test_an_open_mouth_shows_the_edges_of_the_upper_teeth() -> None:
    for index in range(5):
        body = build_body(draw_scene(ScenesConfig(), 7, index).person)
        actions = np.zeros((1, len(body.model.action_names)), np.float32)
        actions[0, body.model.action_names.index("jawOpen")] = 0.4
        none = np.zeros((1, 3), np.float32)
        opened = body.moved(actions, body.transforms(Pose(none, none, {})))[0]
        teeth = body.part("teeth_upper")
        middle = opened[teeth[np.abs(opened[teeth, 0]) < 0.004]]
        skin = body.part("body")
        before = (np.abs(body.rest[skin, 0]) < 0.003) & (body.rest[skin, 1] < middle[:, 1].min())
        near = before & (np.abs(body.rest[skin, 2] - middle[:, 2].min()) < 0.012)
        fell = body.rest[skin, 2] - opened[skin, 2] > 0.005
        upper, lower = opened[skin[near & ~fell], 2].min(), opened[skin[near & fell], 2].max()
        # The net's rim stands some 2 mm off the smooth edge.
        edge = middle[:, 2].min() - teeth_drop(body) + 0.002
        assert lower + 0.002 < edge < upper - 0.002
