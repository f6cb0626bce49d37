"""Scalp hair: guides, strands between them, the bun or tail beyond a tie, and the closed mass under thick hair."""

from __future__ import annotations

import numpy as np

from scenes.body.body import Body
from scenes.hair.guides import beside_face, grow_guides, parting, under_height
from scenes.hair.scalp import Skull, hairline
from scenes.hair.strands import fill, press_under
from scenes.hair.styles import STYLES
from scenes.hair.thinning import coarser
from scenes.hair.tied import braid, braid_ties, bun, tail, tie_place
from scenes.mesh.surface import Solid, scatter, triangles, unit, vertex_normals
from scenes.person_record import Hair

# A strand no thinner than this many pixels costs fewer paths and flickers less; fewer strands then cover the same area.
THINNEST_PX = 0.3
FEWEST = 2200
_GUIDES = 900


def grow_scalp(
    body: Body,
    solid: Solid,
    skull: Skull,
    density: np.ndarray,
    hair: Hair,
    rng: np.random.Generator,
    pixel_m: float = 0.0,
    worn: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Strands `(N, K, 3)` and radii `(N, K)` in the seated rest, for a camera that sees `pixel_m` metres per pixel
    there; they lie under what is `worn` on the head, points `(P, 3)`.
    """
    style = STYLES[hair.style]
    tris = triangles(body.model.faces["body"])
    normals = vertex_normals(body.rest, tris)
    roots, normal = _roots(body, skull, tris, normals, density, hair, _GUIDES, 0.0, rng)
    braided = style.gather in ("braid", "braids")
    tie = tie_place(body, skull, style.gather, hair) if style.gather and not braided else None
    goal = tie[0] if tie else None
    if braided:
        ties = braid_ties(body, skull, style.gather)
        goal = ties[(roots[:, 0] < skull.centre[0]).astype(int) % len(ties)]
    guides = grow_guides(style, roots, normal, skull, solid, hair, rng, goal)
    full = int(style.count * hair.amount)
    thicker = coarser(THINNEST_PX, pixel_m, style.radius_m, full / FEWEST)
    # Hair stands closer where it is seen end on: at the hairline and along the parting.
    roots, normal = _roots(body, skull, tris, normals, density, hair, int(full / thicker), 1.5, rng)
    fine = np.clip(hairline(roots, skull, hair, style.top_bald), 0.35, 1)
    roots = roots + normal * under_height(roots, skull, hair)[:, None]
    sides = 0.08 * parting(style, guides[:, 0], skull, hair), 0.08 * parting(style, roots, skull, hair)
    points = fill(guides, roots, sides, style.locks, hair, rng)
    points[:, 0] = roots - normal * 0.001
    flat = points[:, 1:].reshape(-1, 3)
    if style.stiff < 1:
        if style.side:
            flat = beside_face(flat, np.repeat(np.sign(sides[1]), style.points - 1), skull, 1.5)
        flat = solid.push_out(flat, np.full(len(flat), 0.0012))
    if worn is not None:
        flat = press_under(flat, worn, skull)
    points[:, 1:] = flat.reshape(len(points), -1, 3)
    if braided:
        more = int(len(points) * 0.45 / len(ties))
        over = [float(np.sign(hair.part_side))] if len(ties) == 1 else [1.0, -1.0]
        plaits = [braid(at, s, skull, solid, more, style.points, hair, rng) for at, s in zip(ties, over, strict=True)]
        points = np.concatenate([points, *plaits])
        fine = np.concatenate([fine, np.ones(more * len(ties))])
    if tie is not None:
        more = int(len(points) * 0.3)
        if style.gather == "bun":
            beyond = bun(*tie, more, style.points, 0.037 * hair.length * skull.unit_m, rng)
        else:
            beyond = tail(tie[0], skull, solid, more, style.points, hair, rng)
        points = np.concatenate([points, beyond])
        fine = np.concatenate([fine, np.ones(more)])
    taper = np.interp(np.linspace(0, 1, style.points), [0, 0.1, 0.7, 1], [0.8, 1, 0.9, 0.35])
    # The first hairs of a hairline are the finest.
    thick = style.radius_m * thicker * hair.thickness * fine * (0.8 + 0.4 * rng.random(len(points)))
    return points.astype(np.float32), (thick[:, None] * taper).astype(np.float32)


def under_hair(body: Body, skull: Skull, density: np.ndarray, hair: Hair) -> tuple[np.ndarray, np.ndarray]:
    """The closed mass beneath thick hair, which no light passes: points `(P, 3)` in the rest, faces `(F, 4)`; none for
    styles that lie on the scalp.
    """
    faces = body.model.faces["body"]
    if not STYLES[hair.style].under_m:
        return np.zeros((0, 3)), np.zeros((0, 4), np.int32)
    faces = faces[(density[faces] > 0.02).any(1)]
    numbers, faces = np.unique(faces, return_inverse=True)
    normals = vertex_normals(body.rest, triangles(body.model.faces["body"]))[numbers]
    at = body.rest[numbers]
    lumps = 1 + 0.12 * np.sin(at @ np.array([210.0, 170.0, 190.0])) * np.sin(at @ np.array([260.0, 0.0, 150.0]))
    # Beyond the hairline it dives into the skin.
    height = np.where(density[numbers] > 0.02, under_height(at, skull, hair) * lumps, -0.004)
    return at + normals * height[:, None], faces.reshape(-1, 4).astype(np.int32)


def _roots(
    body: Body,
    skull: Skull,
    tris: np.ndarray,
    normals: np.ndarray,
    density: np.ndarray,
    hair: Hair,
    count: int,
    edge: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """`count` roots and their normals, up to `1 + edge` times as close at the hairline."""
    style = STYLES[hair.style]
    found = scatter(body.rest, tris, density, 3 * count, rng)
    at = found.of(body.rest)
    # A triangle of the mesh is coarser than a hairline: each root is judged where it stands.
    grows = hairline(at, skull, hair, style.top_bald) * np.clip(found.of(density) * 2, 0, 1)
    _, elevation = skull.angles(at)
    front = (at[:, 1] < skull.centre[1] + 0.02) & (elevation > 0)
    chance = grows * (1 + edge * front * np.exp(-(((1 - grows) / 0.7) ** 2)))
    some = np.flatnonzero(rng.random(len(at)) < chance / chance.max() * 1.2)[:count]
    return at[some], unit(found.of(normals))[some]
