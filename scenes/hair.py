"""Hair as strands: scalp styles combed and dropped over the head, brows, lashes and beards grown on the skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from scenes.body import Body
from scenes.eyes import eye_ball, lash_guides
from scenes.surface import Binding, Solid, scatter, triangles, unit, vertex_normals


@dataclass(frozen=True)
class Style:
    """How a hair style grows. Lengths in metres; `(low, high)` where drawn per strand.

    `fall` 0 keeps the combed direction, 1 drops straight down; `lift` raises the roots; `volume` is the free height
    over the head; `wave_m`, `wave_per_m`: size and count of waves; `clump` 0..1 pulls strands into locks of `lock_m`;
    `back` combs to the back; `top_bald` leaves a fringe; `stiff` 1 keeps strands from lying
    down on the head.
    """

    top_m: tuple[float, float]
    sides_m: tuple[float, float]
    fall: float
    lift: float
    volume_m: float
    clump: float
    locks: int
    wave_m: float = 0.0
    wave_per_m: float = 0.0
    back: float = 0.0
    side: float = 0.0
    forward: float = 0.0
    gather: str = ""
    top_bald: bool = False
    points: int = 12
    count: int = 10000
    radius_m: float = 0.00012
    stiff: float = 0.0


STYLES: dict[str, Style] = {
    "buzz": Style((0.004, 0.008), (0.002, 0.004), 0.0, 0.9, 0.02, 0.0, 0, forward=0.4, points=4, count=16000,
        stiff=1.0),
    "short": Style((0.035, 0.065), (0.012, 0.022), 0.25, 0.45, 0.02, 0.55, 500, 0.0012, 25, forward=0.5,
        side=0.5, stiff=0.3),
    "side_part": Style((0.06, 0.1), (0.02, 0.035), 0.3, 0.35, 0.02, 0.6, 400, 0.001, 15, side=1.0, back=0.25),
    "bob": Style((0.2, 0.25), (0.17, 0.2), 0.85, 0.25, 0.016, 0.6, 350, 0.0015, 10, side=0.9),
    "long_straight": Style((0.32, 0.4), (0.28, 0.34), 0.9, 0.2, 0.014, 0.6, 350, 0.0015, 8, side=0.9, points=18),
    "long_wavy": Style((0.32, 0.4), (0.28, 0.34), 0.88, 0.25, 0.02, 0.75, 220, 0.009, 14, side=0.9, points=24),
    "curly": Style((0.12, 0.17), (0.09, 0.13), 0.55, 0.6, 0.03, 0.85, 420, 0.008, 38, side=0.5, points=24,
        stiff=0.35),
    "coily": Style((0.05, 0.075), (0.04, 0.06), 0.05, 1.0, 0.06, 0.8, 1600, 0.0035, 110, points=22,
        count=12000, stiff=1.0),
    "bun": Style((0.2, 0.24), (0.2, 0.24), 0.1, 0.1, 0.006, 0.5, 300, 0.0005, 10, back=1.0, gather="bun", points=14),
    "ponytail": Style((0.2, 0.24), (0.2, 0.24), 0.1, 0.1, 0.006, 0.5, 300, 0.0005, 10, back=1.0, gather="tail",
        points=14),
    "fringe": Style((0.02, 0.03), (0.012, 0.025), 0.4, 0.3, 0.01, 0.4, 300, 0.001, 20, back=0.6, top_bald=True,
        points=7, count=7000),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Skull:
    """Landmarks of one head in the seated rest: directions for everything that grows on it."""

    centre: np.ndarray
    eyes: np.ndarray
    unit_m: float
    top: float

    @staticmethod
    def of(body: Body) -> Skull:
        left, _ = eye_ball(body, "left")
        right, _ = eye_ball(body, "right")
        eyes = (left + right) / 2
        scale = float(left[0] - right[0]) / 0.0632
        skin = body.rest[body.part("body")]
        crown = skin[skin[:, 2] > eyes[2] + 0.02 * scale]
        middle = (crown[:, 1].min() + crown[:, 1].max()) / 2
        return Skull(np.array([0.0, middle + 0.005, eyes[2] + 0.018 * scale]), eyes, scale, float(crown[:, 2].max()))

    def angles(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Azimuth from the front `[0, pi]` and elevation, in radians, seen from the skull's centre."""
        d = points - self.centre
        return np.arctan2(np.abs(d[:, 0]), -d[:, 1]), np.arctan2(d[:, 2], np.hypot(d[:, 0], d[:, 1]))


def scalp_density(body: Body, skull: Skull, hair: dict[str, Any]) -> np.ndarray:
    """`(V,)` in [0, 1]: where scalp hair grows; soft at the hairline."""
    azimuth, elevation = skull.angles(body.rest)
    degrees = np.degrees
    line = np.interp(
        degrees(azimuth),
        [0, 25, 42, 55, 66, 76, 84, 92, 104, 118, 140, 180],
        np.array([34, 34, 32, 24, 8, -8, -18, 4, -4, -26, -36, -40])
        + np.array([1, 1, 1, 0.6, 0.2, 0, 0, 0, 0, 0, 0, 0]) * hair["recede_deg"],
    )
    density = np.clip((degrees(elevation) - line) / 6 + 0.5, 0, 1)
    head = body.model.weights[:, body.model.bones.index("head")] + body.model.weights[
        :, [i for i, b in enumerate(body.model.bones) if b.startswith(("neck", "special", "temporalis", "oculi"))]
    ].sum(1)
    density *= np.clip(head * 2 - 0.4, 0, 1) * (1 - np.clip(body.model.masks["ears"] * 2, 0, 1))
    if STYLES[hair["style"]].top_bald:
        density *= np.clip((40 - degrees(elevation)) / 9, 0, 1) * np.clip((degrees(azimuth) - 58) / 10, 0, 1)
    shown = np.zeros(len(density), bool)
    shown[body.part("body")] = True
    return np.where(shown, density, 0).astype(np.float32)


# A strand no thinner than this many pixels costs fewer paths and flickers less; fewer strands then cover the same area.
THINNEST_PX = 0.3
FEWEST = 2200


def grow_scalp(
    body: Body,
    solid: Solid,
    skull: Skull,
    density: np.ndarray,
    hair: dict[str, Any],
    rng: np.random.Generator,
    pixel_m: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Strands `(N, K, 3)` and radii `(N, K)` in the seated rest, for a camera that sees `pixel_m` metres per pixel
    there.
    """
    style = STYLES[hair["style"]]
    tris = triangles(body.model.faces["body"])
    normals = vertex_normals(body.rest, tris)
    full = int(style.count * hair["amount"])
    coarser = np.clip(THINNEST_PX * pixel_m / (2 * style.radius_m), 1.0, full / FEWEST)
    count = int(full / coarser)
    found = scatter(body.rest, tris, density, count, rng)
    roots, normal = found.of(body.rest), unit(found.of(normals))
    _, elevation = skull.angles(roots)
    part = hair["part_side"]
    x = (roots[:, 0] - skull.centre[0]) / skull.unit_m
    top = np.clip((np.degrees(elevation) - 38) / 22, 0, 1)
    pick = lambda pair: pair[0] + (pair[1] - pair[0]) * rng.random(count)
    length = (pick(style.top_m) * top + pick(style.sides_m) * (1 - top)) * hair["length"] * skull.unit_m

    locks = rng.integers(0, count, style.locks) if style.clump else np.zeros(0, int)
    lock = _nearest(roots, roots[locks]) if style.clump else None
    comb = _comb(style, roots, normal, skull, part, rng)
    if lock is not None:
        comb = unit(comb + 0.8 * comb[locks][lock])
    lift = style.lift * (0.75 + 0.5 * rng.random(count))
    direction = unit(comb * (1 - 0.6 * lift[:, None]) + normal * lift[:, None])
    step = length / (style.points - 1)
    layer = 0.0015 + style.volume_m * hair["volume"] * rng.random(count) ** 1.3
    points = np.empty((count, style.points, 3))
    points[:, 0] = roots - normal * 0.001
    down = np.array([0.0, 0.0, -1.0])
    goal = None
    if style.gather:
        goal = skull.centre + np.array([0.0, 0.105, 0.03 if style.gather == "bun" else 0.0]) * skull.unit_m
    for k in range(1, style.points):
        share = k / (style.points - 1)
        here = points[:, k - 1]
        height, out = solid.height(here)
        if goal is not None:
            direction = unit(direction * 0.7 + unit(goal - here) * 0.5)
            stride = np.minimum(step, np.linalg.norm(goal - here, axis=1) * 0.5)
        else:
            # Gravity tells more the longer a strand is; short hair keeps its comb.
            pull = 0.5 * style.fall * np.clip(k * step / 0.08, 0.1, 1)
            direction = unit(direction * (1 - pull[:, None]) + down * pull[:, None])
            # Below the chin long hair is behind the shoulders.
            low = np.clip((skull.eyes[2] - 0.095 * skull.unit_m - here[:, 2]) / 0.05, 0, 1) * style.fall
            direction = unit(direction + low[:, None] * np.array([0.0, 0.55, 0.0]))
            stride = step
        # Near the head a strand settles at its own layer's height; away from it, it hangs free.
        want = layer * np.clip(share * 2.5, 0.3, 1)
        settle = (
            np.clip((want - height) / np.maximum(stride, 1e-4), -0.6, 1.2)
            * np.exp(-((height / 0.04) ** 2))
            * (1 - style.stiff)
        )
        tangent = (
            direction - out * ((direction * out).sum(1) * (1 - style.stiff) * np.exp(-((height / 0.04) ** 2)))[:, None]
        )
        direction = unit(unit(tangent) + out * settle[:, None])
        moved = _beside_face(here + direction * stride[:, None], here, skull, share)
        points[:, k] = solid.push_out(moved, np.minimum(want, 0.002))
        direction = unit(points[:, k] - here)
    if lock is not None:
        points = _clumped(points, locks, lock, style, hair, x, rng)
    taper = np.interp(np.linspace(0, 1, style.points), [0, 0.1, 0.7, 1], [0.8, 1, 0.9, 0.35])
    thick = style.radius_m * coarser * hair["thickness"] * (0.8 + 0.4 * rng.random(count))
    return points.astype(np.float32), (thick[:, None] * taper).astype(np.float32)


def _beside_face(points: np.ndarray, before: np.ndarray, skull: Skull, share: float) -> np.ndarray:
    """Places `(N, 3)` moved sideways out of the face, to the side on which each strand already is.

    The face is a column in front of the ears, from the brows down, as wide as the cheekbones and narrower at the chin.
    """
    unit_m = skull.unit_m
    drop = (skull.eyes[2] - points[:, 2]) / unit_m
    half = np.interp(drop, [-0.07, -0.045, 0.0, 0.06, 0.11], [0.0, 0.052, 0.071, 0.066, 0.056]) * unit_m
    front = np.clip((skull.centre[1] - 0.02 * unit_m - points[:, 1]) / (0.03 * unit_m), 0, 1)
    side = np.where(before[:, 0] >= skull.centre[0], 1.0, -1.0)
    reach = side * (points[:, 0] - skull.centre[0])
    out = points.copy()
    out[:, 0] += side * np.clip(half - reach, 0, 0.02 + 0.02 * share) * front
    return out


def _comb(
    style: Style, roots: np.ndarray, normal: np.ndarray, skull: Skull, part: float, rng: np.random.Generator
) -> np.ndarray:
    """The direction along the scalp in which each strand is combed."""
    x = (roots[:, 0] - skull.centre[0]) / skull.unit_m
    away = np.sign(x - part * 0.035 + rng.normal(0, 0.002, len(x)))
    out = np.zeros_like(roots)
    out[:, 0] = style.side * away
    out[:, 1] = style.back - style.forward
    out[:, 2] = -0.45
    out += rng.normal(0, 0.12, out.shape)
    return unit(out - normal * (out * normal).sum(1, keepdims=True))


def _clumped(
    points, locks, lock, style: Style, hair: dict[str, Any], x: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Strands drawn towards the guide of their lock, tips most; waves run in step within a lock."""
    share = np.linspace(0, 1, points.shape[1])
    guide = points[locks][lock]
    pull = (
        style.clump * hair["clump"] * (0.5 + 0.5 * rng.random(len(points)))[:, None] * np.clip(share * 1.6, 0, 1) ** 1.2
    )
    points = points + (guide - points) * pull[..., None] * 0.85
    if style.wave_m:
        along = np.concatenate(
            [np.zeros((len(points), 1)), np.linalg.norm(np.diff(points, axis=1), axis=2).cumsum(1)], 1
        )
        tangent = unit(np.gradient(points, axis=1))
        side = unit(np.cross(tangent, np.array([0.3, 0.9, 0.2])))
        other = np.cross(tangent, side)
        phase = rng.uniform(0, 2 * np.pi, len(locks))[lock] + rng.normal(0, 0.35, len(points))
        pitch = style.wave_per_m * hair["wave"] * np.exp(rng.normal(0, 0.15, len(locks)))[lock]
        turn = 2 * np.pi * along * pitch[:, None] + phase[:, None]
        size = (
            style.wave_m * hair["wave"] * np.clip(along / 0.03, 0, 1) * (0.7 + 0.6 * rng.random(len(points)))[:, None]
        )
        points = points + (side * np.cos(turn)[..., None] + other * np.sin(turn)[..., None]) * size[..., None]
    return points


def _nearest(points: np.ndarray, guides: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    return cKDTree(guides).query(points)[1]


def brow_strands(
    body: Body, skull: Skull, hair: dict[str, Any], rng: np.random.Generator
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
    half = hair["brow_height_m"] * np.interp(along, [0, 0.12, 0.55, 1], [0.75, 1.0, 0.85, 0.25])
    inside = (
        np.exp(-(((pz - arch) / half) ** 4))
        * np.clip(along / 0.06, 0, 1)
        * np.clip((1 - along) / 0.12, 0, 1)
        * (along > 0)
        * (along < 1)
    )
    keep = np.flatnonzero(rng.random(len(at)) < inside * np.interp(along, [0, 0.2, 1], [0.55, 1, 0.9]))
    keep = keep[: int(hair["brow_count"])]
    found = Binding(found.corners[keep], found.weights[keep])
    along, sign, over = along[keep], np.sign(at[keep, 0]), ((pz - arch) / half)[keep]
    normal = unit(found.of(normals))
    # Inner hairs stand up, the rest sweeps out; above the line they bend down, below up, to meet in a ridge.
    lean = np.interp(along, [0, 0.15, 0.4, 1], [1.25, 0.75, 0.25, -0.35]) - 0.35 * over
    sweep = np.stack([sign * np.cos(lean), np.zeros(len(lean)), np.sin(lean)], 1) + rng.normal(0, 0.12, (len(lean), 3))
    sweep = unit(sweep - normal * (sweep * normal).sum(1, keepdims=True))
    length = rng.uniform(0.006, 0.0095, len(lean)) * skull.unit_m * np.interp(along, [0, 0.3, 1], [0.8, 1, 0.7])
    t = np.linspace(0, 1, 5)
    offset = (sweep[:, None] * t[:, None] + normal[:, None] * (0.22 * t * (1 - 0.75 * t))[:, None]) * length[
        :, None, None
    ]
    offset += normal[:, None] * 0.0002
    radius = 0.00008 * hair["thickness"] * np.interp(t, [0, 0.6, 1], [1, 0.85, 0.25]) * np.ones((len(lean), 1))
    return found, offset.astype(np.float32), radius.astype(np.float32)


def _brow_line(x: np.ndarray, hair: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Place along the brow 0..1 and the height of its middle above the eyes' line, metres at an eye distance of 63
    mm.
    """
    along = (x - 0.011) / 0.043
    place = np.clip(along, 0, 1)
    rise = hair["brow_z_m"] + hair["brow_arch_m"] * np.sin(np.pi * place**1.3)
    # The head of the brow is its lowest part but for the tail.
    return along, rise + 0.0022 * np.interp(place, [0, 0.6, 1], [-0.6, 1.0, 0.1])


def lash_strands(
    body: Body, skull: Skull, hair: dict[str, Any], rng: np.random.Generator
) -> list[tuple[sparse.csr_matrix, np.ndarray]]:
    """For each lid: the matrix `(N*K, V)` that takes the body's vertices to strand points, and the radius `(N, K)`."""
    out = []
    for side in ("left", "right"):
        for lid, count in (("upper", hair["lashes_upper"]), ("lower", hair["lashes_lower"])):
            guides, _ = lash_guides(body, side, lid)
            place = np.sort(rng.uniform(0, len(guides) - 1.001, int(count)))
            first = place.astype(int)
            blend = (place - first)[:, None]
            t = np.linspace(0, 1, 6)
            reach = hair["lash_length"] * (1.0 if lid == "upper" else 0.75) * (0.7 + 0.5 * rng.random(int(count)))
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
