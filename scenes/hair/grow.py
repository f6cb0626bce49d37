"""Scalp hair: styles grown as guides that are combed and dropped over the head, then filled with strands between."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.body.body import Body
from scenes.hair.scalp import Skull, above_line, hairline
from scenes.hair.strands import fill, press_under
from scenes.hair.styles import STYLES, Style
from scenes.hair.tied import bun, tail, tie_place
from scenes.mesh.surface import Solid, scatter, triangles, unit, vertex_normals

# A strand no thinner than this many pixels costs fewer paths and flickers less; fewer strands then cover the same area.
THINNEST_PX = 0.3
FEWEST = 2200
_GUIDES = 900
_DOWN = np.array([0.0, 0.0, -1.0])


def grow_scalp(
    body: Body,
    solid: Solid,
    skull: Skull,
    density: np.ndarray,
    hair: dict[str, Any],
    rng: np.random.Generator,
    pixel_m: float = 0.0,
    worn: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Strands `(N, K, 3)` and radii `(N, K)` in the seated rest, for a camera that sees `pixel_m` metres per pixel
    there; they lie under what is `worn` on the head, points `(P, 3)`.
    """
    style = STYLES[hair["style"]]
    tris = triangles(body.model.faces["body"])
    normals = vertex_normals(body.rest, tris)
    roots, normal = _roots(body, skull, tris, normals, density, hair, _GUIDES, 0.0, rng)
    tie = tie_place(body, skull, style.gather, hair) if style.gather else None
    guides = _guides(style, roots, normal, skull, solid, hair, rng, tie and tie[0])
    full = int(style.count * hair["amount"])
    coarser = np.clip(THINNEST_PX * pixel_m / (2 * style.radius_m), 1.0, full / FEWEST)
    # Hair stands closer where it is seen end on: at the hairline and along the parting.
    roots, normal = _roots(body, skull, tris, normals, density, hair, int(full / coarser), 1.5, rng)
    fine = np.clip(hairline(roots, skull, hair, style.top_bald), 0.35, 1)
    roots = roots + normal * under_height(roots, skull, hair)[:, None]
    sides = 0.08 * _away(style, guides[:, 0], skull, hair), 0.08 * _away(style, roots, skull, hair)
    points = fill(guides, roots, sides, style.locks, hair, rng)
    points[:, 0] = roots - normal * 0.001
    flat = points[:, 1:].reshape(-1, 3)
    if style.stiff < 1:
        if style.side:
            flat = _beside_face(flat, np.repeat(np.sign(sides[1]), style.points - 1), skull, 1.5)
        flat = solid.push_out(flat, np.full(len(flat), 0.0012))
    if worn is not None:
        flat = press_under(flat, worn, skull)
    points[:, 1:] = flat.reshape(len(points), -1, 3)
    if tie is not None:
        more = int(len(points) * 0.3)
        if style.gather == "bun":
            beyond = bun(*tie, more, style.points, 0.037 * hair["length"] * skull.unit_m, rng)
        else:
            beyond = tail(tie[0], skull, solid, more, style.points, hair, rng)
        points = np.concatenate([points, beyond])
        fine = np.concatenate([fine, np.ones(more)])
    taper = np.interp(np.linspace(0, 1, style.points), [0, 0.1, 0.7, 1], [0.8, 1, 0.9, 0.35])
    # The first hairs of a hairline are the finest.
    thick = style.radius_m * coarser * hair["thickness"] * fine * (0.8 + 0.4 * rng.random(len(points)))
    return points.astype(np.float32), (thick[:, None] * taper).astype(np.float32)


def under_height(points: np.ndarray, skull: Skull, hair: dict[str, Any]) -> np.ndarray:
    """`(N,)` metres by which the mass beneath the strands stands over the scalp at `points` of it."""
    inside = np.clip((above_line(points, skull, hair) - 3) / 34, 0, 1)
    return STYLES[hair["style"]].under_m * hair["volume"] * skull.unit_m * inside * (2 - inside)


def under_hair(body: Body, skull: Skull, density: np.ndarray, hair: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """The closed mass beneath thick hair, which no light passes: points `(P, 3)` in the rest, faces `(F, 4)`; none for
    styles that lie on the scalp.
    """
    faces = body.model.faces["body"]
    if not STYLES[hair["style"]].under_m:
        return np.zeros((0, 3)), np.zeros((0, 4), np.int32)
    faces = faces[(density[faces] > 0.02).any(1)]
    numbers, faces = np.unique(faces, return_inverse=True)
    normals = vertex_normals(body.rest, triangles(body.model.faces["body"]))[numbers]
    at = body.rest[numbers]
    lumps = 1 + 0.12 * np.sin(at @ np.array([210.0, 170.0, 190.0])) * np.sin(at @ np.array([260.0, 0.0, 150.0]))
    # Beyond the hairline it dives into the skin.
    height = np.where(density[numbers] > 0.02, under_height(at, skull, hair) * lumps, -0.004)
    return at + normals * height[:, None], faces.reshape(-1, 4).astype(np.int32)


def _roots(body, skull, tris, normals, density, hair, count: int, edge: float, rng) -> tuple[np.ndarray, np.ndarray]:
    """`count` roots and their normals, up to `1 + edge` times as close at the hairline."""
    style = STYLES[hair["style"]]
    found = scatter(body.rest, tris, density, 3 * count, rng)
    at = found.of(body.rest)
    # A triangle of the mesh is coarser than a hairline: each root is judged where it stands.
    grows = hairline(at, skull, hair, style.top_bald) * np.clip(found.of(density) * 2, 0, 1)
    _, elevation = skull.angles(at)
    front = (at[:, 1] < skull.centre[1] + 0.02) & (elevation > 0)
    chance = grows * (1 + edge * front * np.exp(-(((1 - grows) / 0.7) ** 2)))
    some = np.flatnonzero(rng.random(len(at)) < chance / chance.max() * 1.2)[:count]
    return at[some], unit(found.of(normals))[some]


def _away(style: Style, roots: np.ndarray, skull: Skull, hair: dict[str, Any]) -> np.ndarray:
    """-1 or 1: the side of the parting on which a root stands; 0 where nothing is parted."""
    if not style.side:
        return np.zeros(len(roots))
    at = np.sign(hair["part_side"]) * (0.4 + 0.6 * abs(hair["part_side"])) * style.part_m * skull.unit_m
    at = at + 0.0014 * np.sin(900 * roots[:, 1])
    # The parting ends at the crown.
    behind = np.clip((skull.centre[1] + 0.06 * skull.unit_m - roots[:, 1]) / (0.05 * skull.unit_m), 0, 1)
    return np.where(roots[:, 0] - skull.centre[0] > at, 1.0, -1.0) * behind * ~_bangs(roots, skull, hair)


def _bangs(roots: np.ndarray, skull: Skull, hair: dict[str, Any]) -> np.ndarray:
    """`(N,)` which roots are cut to fall over the forehead."""
    azimuth, elevation = skull.angles(roots)
    # A strip in which neighbours go either way, so that no bare line shows.
    mixed = np.sin(4000 * roots[:, 0]) * np.sin(3700 * roots[:, 1])
    return bool(hair["bangs"]) & (azimuth + 8 * mixed < 44) & (elevation + 9 * mixed < 46)


def _guides(
    style: Style,
    roots: np.ndarray,
    normal: np.ndarray,
    skull: Skull,
    solid: Solid,
    hair: dict[str, Any],
    rng: np.random.Generator,
    goal: np.ndarray | None,
) -> np.ndarray:
    """Guide curves `(G, K, 3)` from `roots`, gathered at a `goal` where there is one."""
    count, unit_m = len(roots), skull.unit_m
    azimuth, elevation = skull.angles(roots)
    roots = roots + normal * under_height(roots, skull, hair)[:, None]
    top = np.clip((elevation - 30) / 26, 0, 1)
    pick = lambda pair: pair[0] + (pair[1] - pair[0]) * rng.random(count)
    length = (pick(style.top_m) * top + pick(style.sides_m) * (1 - top)) * hair["length"] * unit_m
    front = np.clip((70 - azimuth) / 20, 0, 1) * np.clip(elevation / 15, 0, 1) * np.clip((62 - elevation) / 15, 0, 1)
    before, bangs = np.zeros(count, bool), _bangs(roots, skull, hair)
    if style.fall > 0.6:
        # Cut in layers: the locks that frame the face are shorter than those behind.
        lock = np.sin(310 * roots[:, 2] / unit_m + 5 * hair["wave"]) * np.sin(240 * roots[:, 1] / unit_m)
        frame = np.clip((105 - azimuth) / 35, 0, 1)
        length *= 1 - frame * (0.18 + 0.14 * lock) - 0.1 * rng.random(count) ** 2
        # Beside bangs too few would be left for a lock.
        before = (azimuth < 96 + 14 * lock) & ~bangs.any()
        before &= np.where(roots[:, 0] > 0, hair["wave"] > 0.95, hair["volume"] > 0.95)
    if style.under_m:
        # Curls over the forehead are short ones: they stand rather than hang into the face.
        length *= 1 - 0.45 * front
    comb, away = np.zeros_like(roots), _away(style, roots, skull, hair)
    comb[:, 0] = style.side * away
    away = np.sign(away)
    # At the forehead hair is combed out of the face.
    comb[:, 0] += style.sweep * np.sign(hair["part_side"])
    comb[:, 1] = style.back * (1 + 0.8 * front) - style.forward
    comb[:, 2] = -0.45 + (0.3 if style.under_m else 0.6) * front
    x = (roots[:, 0] - skull.centre[0]) / unit_m
    comb[bangs] = np.stack([4 * x + 0.2 * np.sign(hair["part_side"]), -1 + 0 * x, -0.3 + 0 * x], 1)[bangs]
    front = front * ~bangs
    # Cut at the brows.
    drop = roots[:, 2] - skull.eyes[2] - rng.uniform(0.016, 0.024, count) * unit_m
    length = np.where(bangs, 1.08 * drop + 0.008, length)
    comb += rng.normal(0, 0.06, comb.shape)
    comb = unit(comb - normal * (comb * normal).sum(1, keepdims=True))
    lift = style.lift * (0.85 + 0.3 * rng.random(count)) * (0.3 + 0.7 * top)
    direction = unit(comb * (1 - 0.6 * lift[:, None]) + normal * lift[:, None])
    step = length / (style.points - 1)
    # Hair from above lies over hair from below.
    profile = [0.4, 0.9, 1.0, 0.85, 0.7] if style.side else [0.15, 0.5, 0.8, 1.0, 1.0]
    height_of = np.interp(elevation, [-35, 0, 30, 60, 90], profile)
    # The narrow side of a parting lies flat.
    narrow = away * np.sign(hair["part_side"]) > 0
    height_of = height_of * np.where(narrow, 1 - 0.5 * abs(hair["part_side"]), 1.0)
    layer = 0.002 + style.volume_m * hair["volume"] * height_of * rng.uniform(0.8, 1.1, count)
    rounded = 0.4 if style.gather else 0.9
    points = np.empty((count, style.points, 3))
    points[:, 0] = roots
    for k in range(1, style.points):
        here = points[:, k - 1]
        height, out = solid.height(here)
        near = np.exp(-((height / 0.05) ** 2)) * (1 - style.stiff)
        # Long hair hangs from the head's widest place; it does not follow jaw and neck.
        near = near * (1 - (0.9 * np.clip((14 - skull.angles(here)[1]) / 18, 0, 1) if style.fall > 0.6 else 0.0))
        if goal is not None:
            direction = unit(direction * 0.7 + unit(goal - here) * 0.5)
            stride = np.minimum(step, np.linalg.norm(goal - here, axis=1) * 0.5)
        else:
            # Gravity tells more the longer a strand is; short hair keeps its comb.
            pull = 0.5 * style.fall * np.clip((k * step - 0.03 * front) / 0.08, 0.05, 1)
            direction = unit(direction * (1 - pull[:, None]) + _DOWN * pull[:, None])
            # Below the chin long hair is behind the shoulders, some of it before them.
            low = np.clip((skull.eyes[2] - 0.095 * unit_m - here[:, 2]) / 0.05, 0, 1) * style.fall
            direction[:, 1] += low * np.where(before, -0.2, 0.45)
            direction = unit(direction)
            stride = step
        # Near the head a strand rises to its own layer and stays there; away from it, it hangs free.
        along = np.clip(k * step / 0.045, 0, 1)
        want = layer * np.maximum(along, 0.2) + rounded * along * _hollow(here, height, skull)
        settle = np.clip((want - height) / np.maximum(stride, 1e-4), -0.6, 0.9) * near
        tangent = direction - out * ((direction * out).sum(1) * near)[:, None]
        direction = unit(unit(tangent) + out * settle[:, None])
        moved = here + direction * stride[:, None]
        if style.side:
            moved = _beside_face(moved, away, skull, k / (style.points - 1))
        points[:, k] = solid.push_out(moved, np.minimum(want, 0.002))
        direction = unit(points[:, k] - here)
    return points


def _hollow(places: np.ndarray, height: np.ndarray, skull: Skull) -> np.ndarray:
    """`(N,)` metres, at most 16 mm, by which the scalp under places at `height` over it lies within the egg that hair
    rounds a head to.
    """
    ray = places - skull.centre
    far = np.linalg.norm(ray, axis=1)
    half = np.array([0.08 * skull.unit_m, 0.1 * skull.unit_m, skull.top - skull.centre[2]])
    egg = 1 / np.linalg.norm(ray / far[:, None] / half, axis=1)
    return np.clip(egg - far + height, 0, 0.016) * np.clip(ray[:, 2] / 0.03, 0, 1)


def _beside_face(points: np.ndarray, side: np.ndarray, skull: Skull, share: float) -> np.ndarray:
    """Places `(N, 3)` moved sideways out of the face, to the `side` -1 or 1 to which each strand is combed; 0 stays.

    The face is a column in front of the ears, from the brows down, as wide as the cheekbones and narrower at the chin.
    """
    unit_m = skull.unit_m
    drop = (skull.eyes[2] - points[:, 2]) / unit_m
    half = np.interp(drop, [-0.07, -0.045, 0.0, 0.06, 0.11], [0.0, 0.052, 0.071, 0.066, 0.056]) * unit_m
    front = np.clip((skull.centre[1] - 0.02 * unit_m - points[:, 1]) / (0.03 * unit_m), 0, 1)
    reach = side * (points[:, 0] - skull.centre[0])
    out = points.copy()
    out[:, 0] += side * np.clip(half - reach, 0, 0.02 + 0.05 * share) * front
    return out
