"""Where the upper teeth stand: the body model hides them behind the lip, a mouth that talks shows their edges."""

from __future__ import annotations

import numpy as np

from scenes.body.body import Body
from scenes.mesh.cutting import catmull_clark

_SHOWN_M = 0.003
"""How far the edges of the front teeth reach below the upper lip at rest: 2-4 mm in the young (Vig and Brundo 1978)."""


def teeth_drop(body: Body) -> float:
    """Metres by which the upper teeth are to be lowered in the rest, never negative."""
    # Smooth, as they are rendered: the net of their rims is coarse.
    numbers, local = np.unique(body.model.faces["teeth_upper"], return_inverse=True)
    coarse = body.rest[numbers].astype(float)
    teeth, _, _ = catmull_clark(coarse, coarse, local.reshape(-1, 4))
    front = teeth[np.abs(teeth[:, 0]) < 0.005]
    skin = body.part("body")
    at = body.rest[skin]
    still = np.linalg.norm(body.actions[body.model.action_names.index("jawOpen"), skin], axis=1) < 0.003
    edge = front[:, 2].min()
    lip = still & (np.abs(at[:, 0]) < 0.003) & (at[:, 1] < front[:, 1].min()) & (np.abs(at[:, 2] - edge) < 0.02)
    return max(float(edge - at[lip, 2].min()) + _SHOWN_M, 0.0)
