"""Glasses, headphones and headsets: drawn, and built around one head as rigid meshes that follow it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.ranges import any_of, interpolate, uniform
from scenes.body.body import Body
from scenes.body.eyes import eye_ball
from scenes.body.landmarks import head_scale
from scenes.clothes.config import EyewearConfig, HeadwearConfig
from scenes.mesh.shapes import dome, lens, loft, ring
from scenes.mesh.surface import Solid, triangles, unit, vertex_normals
from scenes.person_record import Glasses, Headphones
from scenes.spec import Material, Mesh

# Name, material, points, faces, whether it is shaded smooth.
_Part = tuple[str, str, np.ndarray, np.ndarray, bool]
_Bowed = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
FRAME_COLOURS = {
    "black": (0.01, 0.01, 0.011),
    "tortoise": (0.11, 0.042, 0.012),
    "brown": (0.045, 0.02, 0.01),
    "navy": (0.01, 0.016, 0.045),
    "burgundy": (0.06, 0.008, 0.013),
    "grey": (0.07, 0.07, 0.072),
    "clear": (0.8, 0.77, 0.71),
}
_METALS = {
    "black": (0.02, 0.02, 0.021),
    "silver": (0.4, 0.4, 0.4),
    "gold": (0.5, 0.33, 0.15),
    "gunmetal": (0.1, 0.1, 0.11),
}
_CUPS = {
    "black": (0.015, 0.015, 0.016),
    "white": (0.5, 0.49, 0.47),
    "slate": (0.06, 0.065, 0.075),
    "red": (0.2, 0.05, 0.04),
}


def draw_glasses(share: float, config: EyewearConfig, years: float, rng: np.random.Generator) -> Glasses | None:
    """Glasses or None; `share`: of the people who wear them, before their age tells."""
    # Age makes everybody wear them only where everybody does.
    wearing = float(np.clip(share * interpolate(config.by_age, years), 0, share**0.2))
    if rng.random() >= wearing:
        return None
    thick = bool(rng.random() < config.thick)
    colour = any_of(rng, config.thick_colours if thick else config.thin_colours)
    return Glasses(
        rim="thick" if thick else "thin",
        colour=colour,
        color_linear=(FRAME_COLOURS if thick else _METALS)[colour],
        square=_drawn(rng, config.round_square if rng.random() < config.round else config.square),
        width_m=_drawn(rng, config.width_m),
        height_m=_drawn(rng, config.height_m),
        rim_m=_drawn(rng, config.thick_rim_m if thick else config.thin_rim_m),
        low_m=_drawn(rng, config.low_m),
    )


def draw_headphones(share: float, config: HeadwearConfig, rng: np.random.Generator) -> Headphones | None:
    """Headphones, a headset or None; `share`: of the people who wear either."""
    if rng.random() >= share:
        return None
    headset = rng.random() < config.headset
    size = config.headset_size if headset else config.over_ear_size
    return Headphones(
        kind="headset" if headset else "over_ear",
        color_linear=_CUPS[any_of(rng, config.colours)],
        cup_m=_drawn(rng, size.cup_m),
        band_m=_drawn(rng, size.band_m),
        mic_left=bool(rng.random() < config.mic_left),
    )


def _drawn(rng: np.random.Generator, pair: tuple[float, float]) -> float:
    return round(uniform(rng, pair), 5)


def build_accessories(
    body: Body, head: np.ndarray, glasses: Glasses | None, headphones: Headphones | None
) -> tuple[list[Mesh], dict[str, Material]]:
    """Meshes and their materials; `head`: `(T, 3, 4)`, what the head bone does to the seated rest."""
    face = _Face(body)
    parts: list[_Part] = []
    materials: dict[str, Material] = {}
    if glasses is not None:
        parts += _glasses(face, glasses)
        materials |= _glass_materials(glasses)
    if headphones is not None:
        parts += _headphones(face, headphones)
        materials["cups"] = Material("plastic", {"color": headphones.color_linear, "roughness": 0.4})
        materials["cushion"] = Material("foam", {"color": (0.014, 0.014, 0.015)})
    meshes = []
    for name, material, points, faces, smooth in parts:
        moved = np.einsum("tij,nj->tni", head[:, :, :3], points) + head[:, None, :, 3]
        meshes.append(Mesh(name, material, moved.astype(np.float32), faces, None, {}, smooth, 0))
    return meshes, materials


def _glass_materials(glasses: Glasses) -> dict[str, Material]:
    colour, metal = glasses.color_linear, glasses.rim == "thin"
    frame = Material("metal" if metal else "plastic", {"color": colour, "roughness": 0.3 if metal else 0.22})
    if glasses.colour == "tortoise":
        frame = Material("plastic", {"color": colour, "mottle_linear": (0.012, 0.006, 0.004), "roughness": 0.22})
    elif glasses.colour == "clear":
        frame = Material("glass", {"color": colour, "roughness": 0.2, "reflect": 1.6})
    # A coated lens reflects a third of what plain glass does; a little blur keeps lamps in it from sparkling.
    return {
        "frame": frame,
        "lens": Material("glass", {"ior": 1.5, "roughness": 0.2, "reflect": 0.3}),
        "pad": Material("glass", {"color": (0.85, 0.84, 0.82), "roughness": 0.3}),
    }


class _Face:
    """The measures of a head that things are fitted to; metres, in the seated rest."""

    def __init__(self, body: Body):
        rest = body.rest.astype(float)
        skin = body.part("body")
        (self.left, self.ball), (self.right, _) = eye_ball(body, "left"), eye_ball(body, "right")
        self.eyes = (self.left + self.right) / 2
        self.unit_m = head_scale(body)
        normals = vertex_normals(rest, triangles(body.model.faces["body"]))
        ear = body.model.masks["ears"] > 0.5
        bare = skin[(~ear[skin]) & (rest[skin, 2] > self.eyes[2] - 0.14)]
        self.solid = Solid(rest[bare], normals[bare])
        self.head = rest[bare]
        self.mouth = rest[body.model.masks["lips"] > 0.5].mean(0)
        self.ears = {}
        for side in (1, -1):
            points = rest[skin[ear[skin] & (side * rest[skin, 0] > 0.03)]]
            self.ears[side] = points
        self.top = float(self.head[:, 2].max())

    def ear(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest corner of the box around an ear, with x as distance from the middle."""
        points = self.ears[side] * np.array([side, 1, 1])
        return points.min(0), points.max(0)


def _glasses(face: _Face, glasses: Glasses) -> list[_Part]:
    half_w, half_h, rim = (0.5 * glasses.width_m, 0.5 * glasses.height_m, glasses.rim_m)
    unit_m = np.clip(face.unit_m, 0.92, 1.1)
    half_w, half_h = half_w * unit_m, half_h * unit_m
    gap = max(float(face.left[0]) - half_w * 0.98, 0.0075)
    middle = gap + half_w
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    power = 2 / glasses.square
    outline_x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power * half_w
    outline_z = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power * half_h
    # A little narrower below, as frames are cut.
    outline_x = outline_x * (1 + 0.06 * outline_z / half_h)
    front = float(face.eyes[1]) - face.ball - 0.011
    height = float(face.eyes[2]) - glasses.low_m

    def bowed(x: np.ndarray, z: np.ndarray, y0: float) -> np.ndarray:
        """Frame points on a front that wraps a little around the face and leans in below."""
        return np.stack([x, y0 + 3.2 * x * x + 0.12 * z, height + z], -1)

    rims = bowed(middle + outline_x, outline_z, front)
    for _ in range(14):
        if face.solid.height(rims)[0].min() > rim + 0.001:
            break
        front -= 0.001
        rims = bowed(middle + outline_x, outline_z, front)
    parts = []
    thick = glasses.rim == "thick"
    depth, square = (0.0017, 4.5) if thick else (rim, 2.0)
    # The rim holds the lens from outside.
    outside = rims + unit(rims - rims.mean(0)) * 0.8 * rim
    for side in (1, -1):
        flip = np.array([side, 1, 1])
        name = "left" if side > 0 else "right"
        parts.append((f"rim_{name}", "frame", *loft(outside * flip, (rim, depth), closed=True, square=square), True))
        parts.append((f"lens_{name}", "lens", *lens(rims * flip), True))
        hinge = bowed(np.array([middle + half_w + rim]), np.array([0.45 * half_h]), front)[0]
        arm = loft(_temple(face, side, hinge), (1.5 * rim, 0.0013) if thick else (0.0013, 0.0006), square=square)
        parts.append((f"temple_{name}", "frame", *arm, True))
        if not thick:
            parts.append((f"pad_{name}", "pad", *_pad(face, bowed, side, front, half_h), True))
    bridge_x = np.linspace(-1, 1, 11) * (gap + (0.3 if thick else -0.2) * rim)
    bridge_z = 0.32 * half_h + (0.002 if thick else 0.004) * (1 - (bridge_x / gap) ** 2)
    line = bowed(bridge_x, bridge_z, front - 0.001)
    parts.append(("bridge", "frame", *loft(line, (1.2 * rim, 0.9 * depth), square=square), True))
    return parts


def _pad(face: _Face, bowed: _Bowed, side: int, front: float, half_h: float) -> tuple[np.ndarray, np.ndarray]:
    """A nose pad of a metal frame, lying on the side of the nose."""
    line = bowed(np.full(7, 0.0095), np.linspace(-0.25, 0.1, 7) * half_h, front + 0.006)
    line[:, 0] -= np.linspace(-0.0015, 0.0015, 7)
    for _ in range(20):
        line[:, 0] += np.clip(0.0012 - face.solid.height(line)[0], 0, 0.001)
    return loft(line * np.array([side, 1, 1]), (0.0024, 0.0011), rounded=True)


def _temple(face: _Face, side: int, start: np.ndarray) -> np.ndarray:
    """From the hinge `start` straight back to the ear's root, then down behind it."""
    low, high = face.ear(side)
    hook = np.array([low[0] + 0.004, low[1] + 0.55 * (high[1] - low[1]), high[2] - 0.012])
    end = hook + np.array([-0.004, 0.02, -0.032])
    hinge = start + np.array([0.003, 0.006, 0.0])
    straight = hinge + np.linspace(0, 1, 12)[:, None] * (hook - hinge)
    line = np.concatenate([start[None], straight, hook[None] + np.array([0, 0.011, -0.008]), end[None]])
    # The arm lies beside the head, never in it.
    for _ in range(25):
        inside = np.clip(0.0015 - face.solid.height(line)[0], 0, 0.002)
        inside[-2:] = 0
        line[:, 0] += inside
    return line * np.array([side, 1, 1])


def _headphones(face: _Face, worn: Headphones) -> list[_Part]:
    parts = []
    size, arc = worn.cup_m * face.unit_m, []
    for side in (1, -1):
        name, flip = ("left" if side > 0 else "right"), np.array([side, 1, 1])
        low, high = face.ear(side)
        centre = np.array([low[0] + 0.002, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2 + 0.002])
        tall, deep = max(1.14 * size, 0.56 * (high[2] - low[2])), max(size, 0.56 * (high[1] - low[1]))
        out = max(high[0] - centre[0] + 0.006, 0.022)
        # A soft ring against the head, a shell over it.
        soft = ring(centre + np.array([0.006, 0, 0]), (0.8 * deep, 0.8 * tall), 0.24 * size, 0.011)
        shell = dome(centre + np.array([0.011, 0, 0]), (deep, tall), out)
        for part, material, (points, faces) in (("cushion", "cushion", soft), ("cup", "cups", shell)):
            faces = faces if side > 0 else faces[:, ::-1].copy()
            parts.append((f"{part}_{name}", material, points * flip, faces, True))
        arc.append(centre + np.array([0.011 + 0.55 * out, 0, 0.6 * tall]))
    y = (arc[0][1] + arc[1][1]) / 2
    near = face.head[np.abs(face.head[:, 1] - y) < 0.025]
    top = float(near[:, 2].max()) + 0.011
    half, foot = (arc[0][0] + arc[1][0]) / 2, (arc[0][2] + arc[1][2]) / 2
    turn = np.linspace(0, np.pi, 40)
    # A superellipse: nearly straight down the sides, round over the top.
    x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.8 * half
    z = foot + (top - foot) * np.sin(turn) ** 0.85
    band = np.stack([x, np.full(40, y), z], 1)
    for _ in range(20):
        short = np.clip(0.006 - face.solid.height(band)[0], 0, 0.002)
        away = unit(band - np.array([0.0, y, foot]))
        band = band + away * short[:, None]
    parts.append(("band", "cups", *loft(band, (0.0028, worn.band_m)), True))
    if worn.kind == "headset":
        side = 1 if worn.mic_left else -1
        low, high = face.ear(side)
        start = np.array([low[0] + 0.02, low[1] + 0.2 * (high[1] - low[1]), low[2] + 0.25 * (high[2] - low[2])])
        goal = face.mouth * np.array([0, 1, 1]) + np.array([0.034, -0.008, -0.014]) * face.unit_m
        knee = np.array([start[0] + 0.004, 0.4 * start[1] + 0.6 * goal[1], goal[2] - 0.004])
        t = np.linspace(0, 1, 24)[:, None]
        boom = (1 - t) ** 2 * start + 2 * t * (1 - t) * knee + t * t * goal
        for _ in range(30):
            boom[:, 0] += np.clip(0.007 - face.solid.height(boom)[0], 0, 0.002)
        parts.append(("boom", "cups", *loft(boom * np.array([side, 1, 1]), (0.0016, 0.0016)), True))
        foam = boom[-1] + np.linspace(-0.009, 0.009, 7)[:, None] * unit(boom[-1] - boom[-3])
        foam = foam * np.array([side, 1, 1])
        parts.append(("microphone", "cushion", *loft(foam, (0.0055, 0.0055), rounded=True), True))
    return parts
