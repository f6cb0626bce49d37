"""What is worn below the garment: cloth that lies on hips and thighs, for frames that reach so far down."""

from __future__ import annotations

import numpy as np

from scenes.body.body import Body
from scenes.clothes.hem_distance import LOW_M, arm_bones, find_neck
from scenes.clothes.piece import Piece
from scenes.clothes.record import Clothing
from scenes.mesh.surface import triangles, vertex_normals

_OFF_M, _UNDER_M = 0.005, 0.09
"""Off the skin, which would show through, and how far it reaches up below the garment."""


def trousers(body: Body, clothing: Clothing) -> Piece:
    """The skin from just above the garment's end down, without the arms, a little larger."""
    rest, faces = body.rest.astype(float), body.model.faces["body"]
    high = find_neck(body, clothing).pit[2] - LOW_M + _UNDER_M
    arms = body.model.weights[:, arm_bones(body)].sum(1)
    worn = faces[((rest[:, 2] < high) & (arms < 0.05))[faces].all(1)]
    numbers, mine = np.unique(worn, return_inverse=True)
    normals = vertex_normals(rest, triangles(faces))
    points, mine = rest[numbers] + _OFF_M * normals[numbers], mine.reshape(-1, 4).astype(np.int32)
    uv = points[mine][..., [0, 2]]
    return Piece("trousers", points, mine, body.model.weights[numbers], uv, "trousers", under=True)
