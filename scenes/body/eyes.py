"""Eyes: a ball with a recessed iris behind a clear cornea, lashes grown from the lids' own strips.

The model's eyeball is larger than a human one behind lids of human size; so the iris is sized by the visible opening
(about 0.4 of its width, as a white-to-white of 11.7 mm in a 30 mm opening), not by the ball.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from scenes.body.body import Body
from scenes.mesh.surface import unit
from scenes.person_record import Eyes
from scenes.spec import Mesh

LIMBUS = 0.385  # sine of the half angle that the iris spans, seen from the centre
TEXTURE_SPAN = np.pi / 2  # angle from the axis at the edge of the eye's texture
_RINGS = np.concatenate([np.linspace(0, 0.5, 12), np.linspace(0.56, 2.6, 26)])
_SECTORS = 40


def eye_ball(body: Body, side: str) -> tuple[np.ndarray, float]:
    """Centre `(3,)` and radius in metres of the sphere through the model's eye, least squares."""
    points = body.rest[body.part(f"eye_{side}")]
    system = np.c_[2 * points, np.ones(len(points))].astype(float)
    solution = np.linalg.lstsq(system, (points.astype(float) ** 2).sum(1), rcond=None)[0]
    centre = solution[:3]
    return centre.astype(np.float32), float(np.sqrt(solution[3] + centre @ centre))


def build_eyes(body: Body, head: np.ndarray, gaze: np.ndarray) -> list[Mesh]:
    """Ball and cornea of both eyes. `head`: `(T, 3, 4)` what the head bone does; `gaze`: `(T, 2)` radians yaw,
    pitch.
    """
    meshes = []
    for side in ("left", "right"):
        centre, radius = eye_ball(body, side)
        # The model's eyes rest a little high in their lids.
        turn = Rotation.from_euler("xz", np.stack([gaze[:, 1] + 0.035, gaze[:, 0]], 1)).as_matrix().astype(np.float32)
        for name, profile in (("eye", _ball(radius)), ("cornea", _cornea(radius))):
            points, faces, uv = _lathe(*profile)
            at_rest = np.einsum("tij,nj->tni", turn, points) + centre
            moved = np.einsum("tij,tnj->tni", head[:, :, :3], at_rest) + head[:, None, :, 3]
            meshes.append(Mesh(f"{name}_{side}", name, moved.astype(np.float32), faces, uv))
    return meshes


def _ball(radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Profile (angle, distance from axis, distance along axis): sphere, with the iris as a shallow cone behind the
    limbus.
    """
    angle = _RINGS
    out, along = np.sin(angle) * radius, np.cos(angle) * radius
    edge = np.arcsin(LIMBUS)
    inside = angle < edge
    rim = np.cos(edge) * radius
    along = np.where(inside, rim - 0.03 * radius * (1 - np.sin(angle) / LIMBUS), along)
    return angle, out, along


def _cornea(radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    angle = np.concatenate([np.linspace(0, 0.62, 16), np.linspace(0.68, 1.35, 9)])
    edge = np.arcsin(LIMBUS)
    share = np.clip(angle / (edge * 1.12), 0, 1)
    bulge = 0.075 * radius * (1 - share**2) ** 2 + 0.0035 * radius
    return angle, np.sin(angle) * (radius + bulge), np.cos(angle) * (radius + bulge)


def _lathe(angle: np.ndarray, out: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A surface of revolution about -Y, textured by the angle from the axis: points, quads, uv per corner."""
    turn = np.linspace(0, 2 * np.pi, _SECTORS, endpoint=False)
    x, z = np.outer(out, np.cos(turn)), np.outer(out, np.sin(turn))
    points = np.stack([x, np.repeat(-along[:, None], _SECTORS, 1), z], -1).reshape(-1, 3).astype(np.float32)
    i, j = np.meshgrid(np.arange(len(angle) - 1), np.arange(_SECTORS), indexing="ij")
    k = (j + 1) % _SECTORS
    faces = np.stack([i * _SECTORS + j, (i + 1) * _SECTORS + j, (i + 1) * _SECTORS + k, i * _SECTORS + k], -1)
    # Outwards: the cornea reflects on its front alone, or there would be no catchlights.
    faces = faces.reshape(-1, 4).astype(np.int32)
    r = np.clip(angle / TEXTURE_SPAN, 0, 1) * 0.5
    place = np.stack([0.5 + np.outer(r, np.cos(turn)), 0.5 + np.outer(r, np.sin(turn))], -1).reshape(-1, 2)
    return points, faces, place[faces].astype(np.float32)


def paint_eye(eye: Eyes, rng: np.random.Generator, size: int = 768) -> np.ndarray:
    """The eye's texture `(size, size, 3)` uint8 sRGB: pupil, iris fibres, dark limbal ring, veined white."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    x, y = (x + 0.5) / size * 2 - 1, (y + 0.5) / size * 2 - 1
    angle, around = np.hypot(x, y) * TEXTURE_SPAN, np.arctan2(y, x)
    edge = np.arcsin(LIMBUS)
    r = np.sin(np.minimum(angle, edge)) / LIMBUS
    pupil = eye.pupil
    t = np.clip((r - pupil) / (1 - pupil), 0, 1)

    fibre = np.zeros_like(r)
    for count, weight in ((23, 0.35), (57, 0.35), (131, 0.3)):
        phase = rng.uniform(0, 2 * np.pi, 3)
        bend = 0.35 * np.sin(5 * t + phase[1]) / count * 8
        fibre += weight * np.sin(count * (around + bend * 0.15) + phase[0] + 1.7 * np.sin(3 * around + phase[2]))
    inner, outer = np.array(eye.inner_srgb), np.array(eye.outer_srgb)
    collar = np.exp(-(((t - 0.28 - 0.04 * np.sin(9 * around)) / 0.16) ** 2))
    iris = outer + (inner - outer) * np.clip(collar + 0.5 * (1 - t) ** 2, 0, 1)[..., None]
    iris = iris * (1 + 0.22 * fibre * np.sin(np.pi * np.clip(t * 0.9 + 0.1, 0, 1)))[..., None]
    iris *= (1 - 0.65 * np.clip((t - 0.78) / 0.22, 0, 1) ** 1.5)[..., None]
    iris *= np.clip((r - pupil) / 0.05, 0, 1)[..., None] ** 0.7

    white = np.array(eye.white_srgb) * np.ones((size, size, 1), np.float32)
    far = np.clip((angle - edge) / (TEXTURE_SPAN - edge), 0, 1)
    white = white * (1 - far[..., None] * np.array([0.04, 0.14, 0.16]))
    veins = np.zeros((size, size), np.float32)
    for _ in range(int(eye.veins)):
        start, wobble = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.05, 60).cumsum()
        steps = np.linspace(TEXTURE_SPAN * 0.98, rng.uniform(0.7, 1.1), 60)
        px = (0.5 + 0.5 * steps / TEXTURE_SPAN * np.cos(start + wobble * 0.4)) * size
        py = (0.5 + 0.5 * steps / TEXTURE_SPAN * np.sin(start + wobble * 0.4)) * size
        veins[np.clip(py.astype(int), 0, size - 1), np.clip(px.astype(int), 0, size - 1)] = rng.uniform(0.3, 1)
    import cv2

    veins = cv2.GaussianBlur(veins, (0, 0), 1.6) * 4
    white = white * (1 - np.clip(veins, 0, 1)[..., None] * np.array([0.08, 0.4, 0.42]))
    blend = np.clip((angle - edge * 0.97) / (edge * 0.1), 0, 1)[..., None]
    image = iris * (1 - blend) + white * blend
    # The upper lid and its lashes stand before the ball and keep light off its upper part.
    up = -np.sin(angle) * np.sin(around)
    image *= (1 - 0.5 * np.clip((up - 0.08) / 0.3, 0, 1))[..., None]
    return np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)


def lash_guides(body: Body, side: str, lid: str) -> tuple[np.ndarray, np.ndarray]:
    """Polylines from the lid's edge to the strip's rim as vertex numbers `(G, L)`, sorted along the lid, and the
    strip's numbers.
    """
    quads = body.model.faces[f"lashes_{side}_{lid}"]
    numbers = np.unique(quads)
    centre, radius = eye_ball(body, side)
    off = np.linalg.norm(body.rest - centre, axis=1) - radius
    near: dict[int, set[int]] = {int(i): set() for i in numbers}
    for quad in quads:
        for a, b in zip(quad, np.roll(quad, 1), strict=True):
            near[int(a)].add(int(b))
            near[int(b)].add(int(a))
    guides = []
    for root in (int(i) for i in numbers if off[i] < 0.06 * radius):
        line = [root]
        while True:
            onward = [i for i in near[line[-1]] if off[i] > off[line[-1]] + 0.02 * radius]
            if not onward:
                break
            here = body.rest[line[-1]]
            radial = unit(here - centre)
            line.append(max(onward, key=lambda i: float(unit(body.rest[i] - here) @ radial)))
        if len(line) >= 3:
            guides.append([line[0], line[len(line) // 2], line[-1]])
    guides.sort(key=lambda line: float(body.rest[line[0], 0]))
    return np.array(guides, np.int32), numbers
