"""How sleeves end: a shirt's cuff, a ribbed one, a blazer's hem with the shirt's cuff in it; closed around the arm."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.body.body import Body
from scenes.clothes.collars import Piece, swept
from scenes.clothes.hems import arm_bones, joints
from scenes.mesh.surface import unit

_ROUND = 64
_REACH_M = 0.014  # half the length of arm that a section is measured on
# From seam to hem and back inside, until it lies within the skin: metres along the arm from the seam (hem: from the
# hem), the share of the sleeve's own width, the gap to the skin.
_SHIRT = (
    ("seam", 0.003, 0.85, 0.009), ("seam", 0.004, 0.4, 0.009), ("seam", 0.002, 0.1, 0.0085),
    ("seam", 0.003, 0.0, 0.009), ("seam", 0.006, 0.0, 0.0093), ("hem", -0.004, 0.0, 0.009),
    ("hem", -0.001, 0.0, 0.0088), ("hem", 0.0, 0.0, 0.0078), ("hem", -0.001, 0.0, 0.0068),
    ("hem", -0.016, 0.0, 0.006), ("hem", -0.022, 0.0, -0.003),
)  # fmt: skip
_RIB = (
    ("seam", 0.006, 0.9, 0.006), ("seam", 0.009, 0.55, 0.006), ("seam", 0.006, 0.15, 0.005),
    ("seam", 0.007, 0.0, 0.0045), ("seam", 0.02, 0.0, 0.005), ("hem", -0.02, 0.0, 0.005),
    ("hem", -0.003, 0.0, 0.0046), ("hem", 0.0, 0.0, 0.0035), ("hem", -0.002, 0.0, 0.002), ("hem", -0.012, 0.0, -0.003),
)  # fmt: skip
_LINING = (("seam", -0.002, 0.88, 0.0), ("seam", -0.018, 0.85, 0.0), ("seam", -0.022, 0.0, -0.006))
_UNDER = (
    ("seam", -0.018, 0.0, 0.005), ("hem", -0.001, 0.0, 0.0055), ("hem", 0.0, 0.0, 0.0048), ("hem", -0.001, 0.0, 0.004),
    ("hem", -0.016, 0.0, 0.003), ("hem", -0.02, 0.0, -0.003),
)  # fmt: skip
_LENGTH_M = {"shirt": 0.055, "sweater": 0.05, "hoodie": 0.055}
_PEEP_M = 0.013


def sleeve_seam(body: Body, clothing: dict[str, Any]) -> dict[str, Any]:
    """The record with its sleeve ended where the cuff is sewn on, so that the cuff's hem lies where `sleeve` says."""
    _, elbow, wrist = joints(body, "L", body.spread_heads)
    cuff = _LENGTH_M.get(clothing["kind"], 0.0) if clothing["sleeve"] > 1.5 else 0.0
    return {**clothing, "sleeve": clothing["sleeve"] - cuff / float(np.linalg.norm(wrist - elbow))}


def cuffs(body: Body, clothing: dict[str, Any], seams: dict[str, tuple[np.ndarray, np.ndarray]]) -> list[Piece]:
    """Cuffs or linings for the borders `seams` of the sleeves, by side: points `(N, 3)` and bone weights `(N, B)`."""
    kind, pieces = clothing["kind"], []
    for side, (ring, weights) in seams.items():
        arm = _Arm(body, side, clothing["sleeve"], ring, weights)
        cuff = _LENGTH_M.get(kind, 0.0)
        if kind == "shirt":
            pieces.append(arm.piece(f"cuff_{side}", _SHIRT, cuff, "cloth"))
        elif cuff:
            pieces.append(arm.piece(f"cuff_{side}", _RIB, cuff, "rib"))
        else:
            pieces.append(arm.piece(f"lining_{side}", _LINING, 0.0, "cloth"))
        if kind == "blazer":
            pieces.append(arm.piece(f"cuff_{side}", _UNDER, _PEEP_M, "cloth_inner", sewn=False))
    return pieces


class _Arm:
    """Rings around the part of one arm on which a sleeve ends."""

    def __init__(self, body: Body, side: str, sleeve: float, ring: np.ndarray, weights: np.ndarray):
        heads = joints(body, side, body.bone_heads)
        self.start, end = heads[:2] if sleeve <= 1 else heads[1:]
        self.axis = unit(end - self.start)
        across = unit(np.cross(self.axis, np.array([1.0, 0.0, 0.0])))
        self.frame = np.stack([across, np.cross(self.axis, across)])
        skin = body.part("body")
        skin = skin[body.model.weights[skin][:, arm_bones(body, side)].sum(1) > 0.5]
        along = (body.rest[skin] - self.start) @ self.axis
        self.seam = float(((ring - self.start) @ self.axis).mean())
        near = np.abs(along - self.seam) < 0.12
        self.skin, self.weights, self.along = body.rest[skin[near]], body.model.weights[skin[near]], along[near]
        turn = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
        self.ways = np.stack([np.cos(turn), np.sin(turn)], 1) @ self.frame
        centre, _, _ = self.section(self.seam)
        off = ring - centre
        flat = off @ self.frame.T
        angle = np.arctan2(flat[:, 1], flat[:, 0])
        order = np.argsort(angle)
        even = lambda values: np.interp(turn, angle[order], values[order], period=2 * np.pi)
        self.width, self.level = even(np.linalg.norm(flat, axis=1)), even(off @ self.axis)
        nearest = np.abs((turn[:, None] - angle + np.pi) % (2 * np.pi) - np.pi).argmin(1)
        self.sewn = weights[nearest]

    def section(self, along: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centre, how far the skin reaches each way, and its mean bone weights, `along` metres down the arm."""
        some = np.abs(self.along - along) < _REACH_M
        flat = (self.skin[some] - self.start) @ self.frame.T
        middle = (flat.min(0) + flat.max(0)) / 2
        reach = ((flat - middle) @ self.frame @ self.ways.T).max(0)
        return self.start + self.axis * along + middle @ self.frame, reach, self.weights[some].mean(0)

    def piece(self, name: str, rows: tuple, length: float, material: str, sewn: bool = True) -> Piece:
        """Rows as above, `length` metres from seam to hem; `sewn`: beginning with the seam itself."""
        grid, weights = [], []
        for base, along, share, gap in (("seam", 0.0, 1.0, 0.0), *rows) if sewn else rows:
            at = self.seam + along + (length if base == "hem" else 0.0)
            centre, reach, band = self.section(at)
            # Never wider than the sleeve it is in.
            tight = np.minimum(reach + gap, np.maximum(self.width - 0.001, reach - 0.003)) if not sewn else reach + gap
            wide = share * self.width + (1 - share) * tight
            grid.append(centre + self.ways * wide[:, None] + np.outer(share * self.level, self.axis))
            weights.append(share * self.sewn + (1 - share) * band)
        piece = swept(name, np.stack(grid), weights[0], material)
        return Piece(name, piece.points, piece.faces, np.concatenate(weights), piece.uv, material)
