"""How cloth lies in a garment: texture places in metres that follow warp and weft of flat panels sewn together."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from scenes.mesh.surface import unit

Axes = tuple[np.ndarray, np.ndarray, np.ndarray | None]


def panel_uv(points: np.ndarray, tris: np.ndarray, panel: np.ndarray, axes: dict[int, Axes]) -> np.ndarray:
    """Places per corner `(F, 3, 2)`, metres across and along the thread, of cloth in its cut shape.

    `panel`: `(F,)` numbers; `axes[number]`: origin, down the warp, and None for a flat panel, or a tube's outer side.
    A panel's places are the ones whose gradient comes closest to the thread's direction (a Poisson equation).
    """
    out = np.zeros((len(tris), 3, 2))
    for number, (origin, warp, outer) in axes.items():
        faces = np.flatnonzero(panel == number)
        if len(faces) == 0:
            continue
        corners = tris[faces]
        if outer is not None:
            corners = corners + len(points) * _crossing(points, corners, origin, warp, outer)
        numbers, local = np.unique(corners, return_inverse=True)
        out[faces] = _unrolled(points[numbers % len(points)], local.reshape(-1, 3), origin, warp, outer)[
            local.reshape(-1, 3)
        ]
    return out


def _crossing(
    points: np.ndarray, corners: np.ndarray, origin: np.ndarray, warp: np.ndarray, outer: np.ndarray
) -> np.ndarray:
    """1 where a face's corner lies past the tube's seam, which runs along its inner side."""
    side = np.cross(warp, outer)
    across = points - origin
    angle = np.arctan2(across @ side, across @ outer)[corners]
    torn = np.ptp(angle, axis=1) > np.pi
    return (torn[:, None] & (angle < 0)).astype(int)


def _unrolled(
    points: np.ndarray, tris: np.ndarray, origin: np.ndarray, warp: np.ndarray, outer: np.ndarray | None
) -> np.ndarray:
    a, b, c = (points[tris[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    normal = normal / np.maximum(area, 1e-15)[:, None]
    # Gradients of the three corner functions: the opposite edge turned by a quarter, over twice the area.
    turned = [np.cross(normal, edge) / np.maximum(area, 1e-15)[:, None] for edge in (c - b, a - c, b - a)]
    tangent = lambda v: v - normal * (normal @ v)[:, None]
    along = tangent(warp)
    if outer is None:
        weft = unit(np.cross(warp, np.array([0.0, 1.0, 0.0])))
        across = tangent(weft)
        seen = (across**2).sum(1) / np.maximum((across**2).sum(1) + (along**2).sum(1), 1e-9)
        facing = np.sign(area @ (normal @ np.cross(weft, warp)))
        # Where the cloth turns away from the thread's direction, the other thread tells where it runs.
        other = np.cross(normal, unit(along)) * -facing
        weft_way = unit(seen[:, None] * unit(across) + (1 - seen)[:, None] * other)
        warp_way = np.cross(normal, weft_way) * facing
    else:
        warp_way = unit(along)
        weft_way = np.cross(warp_way, normal)
    count = len(points)
    rows = np.arange(3 * len(tris))
    grad = sparse.csr_matrix(
        (
            np.stack(turned, -1).ravel(),
            (np.repeat(rows, 3), np.repeat(tris, 3, 0).ravel()),
        ),
        (3 * len(tris), count),
    )
    weigh = sparse.diags(np.repeat(area, 3))
    system = (grad.T @ weigh @ grad + 1e-9 * sparse.eye(count)).tocsc()
    goal = grad.T @ (weigh @ np.stack([weft_way.ravel(), warp_way.ravel()], 1))
    places = splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(goal)
    # The thread through the origin is where counting begins.
    nearest = np.argmin(((points - origin) ** 2).sum(1))
    return places - places[nearest]
