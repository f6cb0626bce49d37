"""Brows and lashes: hairs rooted in the skin above the eyes and along the lids, which they follow."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from scenes.body.body import Body
from scenes.body.eyes import lash_guides
from scenes.hair.scalp import Skull
from scenes.hair.thinning import coarser
from scenes.mesh.surface import Binding, scatter, triangles, unit, vertex_normals
from scenes.person_record import Hair

_THINNEST_PX = 0.2
_BROW_RADIUS_M = 0.000055


def brow_strands(
    body: Body, skull: Skull, hair: Hair, pixel_m: float, rng: np.random.Generator
) -> tuple[Binding, np.ndarray, np.ndarray]:
    """Roots bound to the skin, strand offsets `(N, K, 3)` from the root in the rest, and radii `(N, K)`."""
    tris = triangles(body.model.faces["body"])
    normals = vertex_normals(body.rest, tris)
    x = np.abs(body.rest[:, 0]) / skull.unit_m
    front = body.rest[:, 1] < skull.eyes[1] + 0.012 * skull.unit_m
    z = (body.rest[:, 2] - skull.eyes[2]) / skull.unit_m
    density = (
        (x > 0.005) & (x < 0.065) & (z > 0.004) & (z < 0.045) & front & (body.model.masks["eyelids"] < 0.3)
    ).astype(float)
    found = scatter(body.rest, tris, density, 24000, rng)
    at = found.of(body.rest)
    px, pz = np.abs(at[:, 0]) / skull.unit_m, (at[:, 2] - skull.eyes[2]) / skull.unit_m
    along, arch = _brow_line(px, hair)
    half = hair.brow_height_m * np.interp(along, [0, 0.15, 0.6, 1], [0.95, 1.1, 0.85, 0.3])
    # Thick in the middle, single hairs at the rim and at both ends.
    inside = (
        np.exp(-(np.abs((pz - arch) / half) ** 2.6))
        * np.clip(along / 0.16, 0, 1)
        * np.clip((1 - along) / 0.25, 0, 1)
        * (along > 0)
        * (along < 1)
    )
    keep = np.flatnonzero(rng.random(len(at)) < inside * np.interp(along, [0, 0.25, 1], [0.7, 1, 0.9]))
    thicker = coarser(_THINNEST_PX, pixel_m, _BROW_RADIUS_M)
    keep = keep[: int(hair.brow_count / thicker)]
    found = Binding(found.corners[keep], found.weights[keep])
    along, sign, over = along[keep], np.sign(at[keep, 0]), ((pz - arch) / half)[keep]
    normal = unit(found.of(normals))
    # Inner hairs stand up, the rest sweeps out; above the line they bend down, below up, to meet in a ridge.
    lean = np.interp(along, [0, 0.15, 0.4, 1], [1.25, 0.75, 0.25, -0.35]) - 0.35 * over
    sweep = np.stack([sign * np.cos(lean), np.zeros(len(lean)), np.sin(lean)], 1) + rng.normal(0, 0.16, (len(lean), 3))
    sweep = unit(sweep - normal * (sweep * normal).sum(1, keepdims=True))
    length = rng.uniform(0.006, 0.0095, len(lean)) * skull.unit_m * np.interp(along, [0, 0.3, 1], [0.8, 1, 0.7])
    t = np.linspace(0, 1, 5)
    offset = (sweep[:, None] * t[:, None] + normal[:, None] * (0.22 * t * (1 - 0.75 * t))[:, None]) * length[
        :, None, None
    ]
    offset += normal[:, None] * 0.0002
    thick = _BROW_RADIUS_M * thicker * hair.thickness * rng.uniform(0.7, 1.2, (len(lean), 1))
    radius = thick * np.interp(t, [0, 0.6, 1], [0.9, 0.85, 0.2])
    return found, offset.astype(np.float32), radius.astype(np.float32)


def _brow_line(x: np.ndarray, hair: Hair) -> tuple[np.ndarray, np.ndarray]:
    """Place along the brow 0..1 and the height of its middle above the eyes' line, metres at an eye distance of 63
    mm.
    """
    along = (x - 0.011) / 0.043
    place = np.clip(along, 0, 1)
    rise = hair.brow_z_m + hair.brow_arch_m * np.sin(np.pi * place**1.3)
    # The head of the brow is its lowest part but for the tail.
    return along, rise + 0.0022 * np.interp(place, [0, 0.6, 1], [-0.6, 1.0, 0.1])


def lash_strands(
    body: Body, skull: Skull, hair: Hair, rng: np.random.Generator
) -> list[tuple[sparse.csr_matrix, np.ndarray]]:
    """For each lid: the matrix `(N*K, V)` that takes the body's vertices to strand points, and the radius `(N, K)`."""
    out = []
    for side in ("left", "right"):
        for lid, count in (("upper", hair.lashes_upper), ("lower", hair.lashes_lower)):
            guides, _ = lash_guides(body, side, lid)
            place = np.sort(rng.uniform(0, len(guides) - 1.001, int(count)))
            first = place.astype(int)
            blend = (place - first)[:, None]
            t = np.linspace(0, 1, 6)
            reach = hair.lash_length * (1.0 if lid == "upper" else 0.75) * (0.7 + 0.5 * rng.random(int(count)))
            s = t[None] * reach[:, None]
            # A quadratic curve through root, middle and tip of the strip: it keeps the strip's curl.
            basis = np.stack([(1 - s) * (1 - 2 * s), 4 * s * (1 - s), s * (2 * s - 1)], -1)
            number = np.arange(len(place) * len(t)).reshape(len(place), len(t))
            terms = [
                (guides[first + i, k], basis[..., k] * share)
                for k in range(3)
                for i, share in ((0, 1 - blend), (1, blend))
            ]
            columns = np.stack([np.repeat(vertex[:, None], len(t), 1) for vertex, _ in terms])
            values = np.stack([np.broadcast_to(value, number.shape) for _, value in terms])
            cells = (np.broadcast_to(number, columns.shape).ravel(), columns.ravel())
            weights = sparse.csr_matrix((values.ravel(), cells), (number.size, len(body.rest)))
            radius = 0.00006 * np.interp(t, [0, 0.5, 1], [1, 0.8, 0.15]) * np.ones((int(count), 1))
            out.append((weights, radius.astype(np.float32)))
    return out
