"""How sleeves end: cuffs and linings as rings around the arm, closed on it; a ribbed cuff and a lining."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scenes.body.body import Body
from scenes.clothes.hem_distance import arm_bones, joints
from scenes.clothes.piece import Piece, swept
from scenes.mesh.surface import unit

_ROUND = 64
_REACH_M = 0.014  # half the length of arm that a section is measured on
Row = tuple[Literal["seam", "hem"], float, float, float]


@dataclass(frozen=True)
class SleeveEnd:
    """What a sleeve ends in. `rows` run from seam to hem and back inside, until they lie within the skin: metres along
    the arm from the seam or the hem, the share of the sleeve's own width, the gap to the skin (metres).

    `length_m`: from seam to hem; `sewn`: to the seam itself, otherwise it is a lower garment's and shows in the sleeve.
    """

    name: Literal["cuff", "lining"]
    rows: tuple[Row, ...]
    length_m: float = 0.0
    material: str = "cloth"
    sewn: bool = True


RIB: tuple[Row, ...] = (
    ("seam", 0.006, 0.9, 0.006), ("seam", 0.009, 0.55, 0.006), ("seam", 0.006, 0.15, 0.005),
    ("seam", 0.007, 0.0, 0.0045), ("seam", 0.02, 0.0, 0.005), ("hem", -0.02, 0.0, 0.005),
    ("hem", -0.003, 0.0, 0.0046), ("hem", 0.0, 0.0, 0.0035), ("hem", -0.002, 0.0, 0.002), ("hem", -0.012, 0.0, -0.003),
)  # fmt: skip
LINING = SleeveEnd("lining", (("seam", -0.002, 0.88, 0.0), ("seam", -0.018, 0.85, 0.0), ("seam", -0.022, 0.0, -0.006)))


def seam_of_sleeve(body: Body, sleeve: float, cuff_m: float) -> float:
    """Where a long sleeve ends for a cuff of `cuff_m` to be sewn on, so that the cuff's hem lies at `sleeve`."""
    _, elbow, wrist = joints(body, "L", body.spread_heads)
    return sleeve - (cuff_m if sleeve > 1.5 else 0.0) / float(np.linalg.norm(wrist - elbow))


def build_sleeve_ends(
    body: Body, sleeve: float, seams: dict[str, tuple[np.ndarray, np.ndarray]], ends: tuple[SleeveEnd, ...]
) -> list[Piece]:
    """`ends` at the borders `seams` of the sleeves, by side: points `(N, 3)` metres and bone weights `(N, B)`."""
    arms = {side: _Arm(body, side, sleeve, ring, weights) for side, (ring, weights) in seams.items()}
    return [arm.piece(f"{end.name}_{side}", end) for side, arm in arms.items() for end in ends]


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

    def piece(self, name: str, end: SleeveEnd) -> Piece:
        """The rows of a sleeve's end around this arm."""
        grid, weights = [], []
        for base, along, share, gap in (("seam", 0.0, 1.0, 0.0), *end.rows) if end.sewn else end.rows:
            at = self.seam + along + (end.length_m if base == "hem" else 0.0)
            centre, reach, band = self.section(at)
            # Never wider than the sleeve it is in.
            inside = np.maximum(self.width - 0.001, reach - 0.003)
            tight = reach + gap if end.sewn else np.minimum(reach + gap, inside)
            wide = share * self.width + (1 - share) * tight
            grid.append(centre + self.ways * wide[:, None] + np.outer(share * self.level, self.axis))
            weights.append(share * self.sewn + (1 - share) * band)
        return swept(name, np.stack(grid), np.stack(weights), end.material)
