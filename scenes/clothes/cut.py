"""What is laid on the front of a garment: placket and buttons, lapels and collar of a blazer, breast pocket, tie."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from scenes.clothes.collars import Neckline, Piece, swept
from scenes.mesh.surface import Solid, unit, vertex_normals


class Front:
    """The front of a cloth as a height field seen from -Y, to lay things on."""

    def __init__(self, points: np.ndarray, tris: np.ndarray, weights: np.ndarray):
        normals = vertex_normals(points, tris)
        some = np.flatnonzero((normals[:, 1] < -0.15) & (np.abs(points[:, 0]) < 0.19))
        self.points, self.normals, self.weights = points[some], normals[some], weights[some]
        self._tree = cKDTree(points[some][:, [0, 2]])

    def at(self, x: np.ndarray, z: np.ndarray, lift_m: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points `(..., 3)` that lie `lift_m` above the cloth at `(x, z)`, and bone weights `(..., B)`."""
        places = np.stack(np.broadcast_arrays(x, z), -1)
        distance, near = self._tree.query(places, k=4)
        share = 1 / (distance**2 + 1e-7)
        share = (share / share.sum(-1, keepdims=True))[..., None]
        normal = self.normals[near]
        off = places[..., None, :] - self.points[near][..., [0, 2]]
        depth = self.points[near, 1] - (off * normal[..., [0, 2]]).sum(-1) / np.minimum(normal[..., 1], -0.15)
        points = np.stack([places[..., 0], (depth * share[..., 0]).sum(-1), places[..., 1]], -1)
        normal = unit((normal * share).sum(-2))
        return points + normal * np.asarray(lift_m)[..., None], self.weights[near[..., 0]]

    def strip(self, name: str, x: np.ndarray, z: np.ndarray, lift_m: float, material: str) -> Piece:
        """A grid `(H, W)` of cloth laid on the front, its edges turned down."""
        height = np.full(x.shape, lift_m)
        height[0], height[-1], height[:, 0], height[:, -1] = 0, 0, 0, 0
        points, weights = self.at(x, z, height)
        piece = swept(name, points, weights[0], material, closed=False)
        return Piece(name, piece.points, piece.faces, weights.reshape(-1, weights.shape[-1]), piece.uv, material)


def placket(front: Front, top_z: float, low_z: float, material: str = "cloth") -> list[Piece]:
    """The strip down a shirt's front, and its buttons."""
    z = np.linspace(top_z, low_z, 60)[:, None]
    half = 0.016
    x = np.array([-half, -half, 0.9 * -half, 0.3 * -half, 0.3 * half, 0.9 * half, half, half])[None]
    pieces = [front.strip("placket", np.repeat(x, 60, 0), np.repeat(z, 8, 1), 0.0022, material)]
    for number, height in enumerate(np.arange(top_z - 0.014, low_z, -0.085)):
        pieces.append(button(front, f"button_{number}", 0.0, height, 0.005))
    return pieces


def button(front: Front, name: str, x: float, z: float, radius: float) -> Piece:
    turn = np.linspace(0, 2 * np.pi, 17)
    rows = []
    for share, lift in ((1.0, 0.001), (1.0, 0.004), (0.9, 0.0048), (0.75, 0.0042), (0.02, 0.0042)):
        rows.append(front.at(x + share * radius * np.cos(turn), z + share * radius * np.sin(turn), lift)[0])
    _, weights = front.at(np.full(17, x), np.full(17, z), 0.0)
    return swept(name, np.stack(rows), weights, "button", closed=False)


def lapels(front: Front, line: Neckline, wide_m: float, gorge_z: float) -> list[Piece]:
    """The turned-out edges of a blazer's front, from its button up to the notch under the collar."""
    pieces = []
    lowest = float(line.ring[:, 2].min())
    for name, sign in (("lapel_left", 1.0), ("lapel_right", -1.0)):
        side = np.flatnonzero((np.sign(line.ring[:, 0]) == sign) & (line.ring[:, 2] < gorge_z))
        side = side[np.argsort(line.ring[side, 2])]
        t = np.linspace(0, 1, 40)
        z = lowest + (gorge_z - lowest) * t
        x = np.interp(z, line.ring[side, 2], np.abs(line.ring[side, 0]))
        wide = wide_m * np.interp(t, [0, 0.25, 0.6, 0.93, 1.0], [0.12, 0.5, 0.85, 1.0, 1.02])
        u = np.concatenate([[-0.06, 0.0], np.linspace(0.04, 1, 14)])[None]
        # The roll at the break, flat outside; the notch's edge slopes down outwards.
        lift = 0.0045 + 0.007 * np.exp(-np.clip(u, 0, 1) * 7)
        lift = np.where(u < 0, -0.002, lift)
        points_x = x[:, None] + wide[:, None] * u
        points_z = z[:, None] - 0.022 * np.clip(u, 0, 1) * np.clip((t[:, None] - 0.6) / 0.4, 0, 1)
        grid, weights = front.at(sign * points_x, points_z, np.broadcast_to(lift, points_x.shape))
        # A turned edge all around: down to the cloth.
        edge, _ = front.at(sign * points_x[:, -1:], points_z[:, -1:], 0.0005)
        grid = np.concatenate([grid, edge], 1)
        top, _ = front.at(sign * points_x[-1:], points_z[-1:], 0.0005)
        grid = np.concatenate([grid, np.concatenate([top, edge[-1:]], 1)])
        weights = np.concatenate([weights, weights[:, -1:]], 1)
        weights = np.concatenate([weights, weights[-1:]])
        piece = swept(name, grid, weights[0], "cloth", closed=False)
        pieces.append(Piece(name, piece.points, piece.faces, weights.reshape(-1, weights.shape[-1]), piece.uv, "cloth"))
    return pieces


def blazer_collar(line: Neckline, skin: Solid, wide_m: float, gorge_z: float) -> Piece:
    """The collar above the lapels: flat on the chest at its two ends, standing and turned down around the nape."""
    low = line.ring[:, 2] < gorge_z
    after, before = np.flatnonzero(low & (line.place < 0)).max(), np.flatnonzero(low & (line.place > 0)).min()
    order = np.arange(after, before + 1)
    ring, out = line.ring[order], line.outward[order]
    ends = np.clip((np.abs(np.linspace(-1, 1, len(order)))[:, None] - 0.45) / 0.55, 0, 1)
    up = np.array([0.0, 0.0, 1.0])
    stand = 0.024 * (1 - ends) + 0.002
    top = ring + up * stand - out * 0.001
    way = unit(out * (0.75 + 0.5 * ends) - up * (1 - 0.15 * ends))
    rows = [ring - up * 0.003, ring + up * 0.5 * stand, top]
    rows = [skin.push_out(row, np.full(len(row), 0.007)) for row in rows]
    top = rows[-1]
    fall = [top + out * 0.003 + up * 0.002, top + out * 0.006 - up * 0.001]
    fall += [top + out * 0.006 + way * wide_m * share for share in (0.15, 0.35, 0.55, 0.75, 0.95, 1.0)]
    gaps = [0.006, 0.008, 0.009, 0.008, 0.0075, 0.007, 0.0065, 0.006]
    fall = [line.cloth.push_out(row, np.full(len(row), gap)) for row, gap in zip(fall, gaps, strict=True)]
    rows += [*fall, line.cloth.push_out(fall[-1] - out * 0.002, np.full(len(ring), 0.0005))]
    return swept("collar", np.stack(rows), line.weights[order], "cloth", closed=False)


def breast_pocket(front: Front, pit: np.ndarray) -> Piece:
    """The welt of a blazer's breast pocket."""
    x, z = np.meshgrid(np.linspace(0.06, 0.15, 24), np.linspace(0, 0.022, 6))
    return front.strip("pocket", x, pit[2] - 0.16 + z + 0.12 * (x - 0.06), 0.003, "cloth")


def tie(front: Front, top: np.ndarray, low_z: float, under_z: float) -> list[Piece]:
    """A knot under the throat and the blade below it, which would reach `low_z` but ends flat under the closed front
    at `under_z`, metres."""
    end = float(np.clip((top[2] - 0.032 - under_z) / (top[2] - low_z), 0, 1))
    t = np.linspace(0, end, 50)[:, None]
    u = np.linspace(-1, 1, 11)[None]
    z = top[2] - 0.032 - (top[2] - low_z) * t
    half = np.interp(t, [0, 0.08, 1], [0.013, 0.017, 0.041])
    lift = (0.006 + 0.006 * (1 - u**4) * (1 - 0.5 * t)) * np.interp(t, [end - 0.2, end - 0.03], [1, 0.08])
    grid, weights = front.at(half * u, z + 0 * u, lift)
    blade = swept("tie", grid, weights[0], "tie", closed=False)
    blade = Piece("tie", blade.points, blade.faces, weights.reshape(-1, weights.shape[-1]), blade.uv, "tie")
    turn = np.linspace(0, 2 * np.pi, 25)
    rows = []
    for share in np.linspace(0, 1, 10):
        wide = 0.021 - 0.008 * share
        deep = 0.011 * np.sqrt(max(1 - (2 * share - 1) ** 4, 0.02))
        base, _ = front.at(wide * np.cos(turn), np.full(25, top[2] + 0.004 - 0.04 * share), 0.004)
        rows.append(base + np.array([0.0, 1.0, 0.0]) * (deep * np.sin(turn) - 0.006)[:, None])
    _, weights = front.at(np.zeros(25), np.full(25, top[2]), 0.0)
    return [blade, swept("knot", np.stack(rows), weights, "tie", closed=False)]
