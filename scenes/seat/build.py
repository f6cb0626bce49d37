"""A seat's things as meshes around one person: what is behind them, between them and the lens, and close before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.body.body import Body
from scenes.clothes.hem_distance import arm_bones
from scenes.mesh.shapes import lathe, loft, rounded_box
from scenes.mesh.surface import unit
from scenes.seat.record import Chair, Color, Desk, Microphone, Placed, ScreenEdge, Seat
from scenes.spec import EYES_M, Camera, Material, Mesh, Scene

_Shape = tuple[np.ndarray, np.ndarray]
_SOFA_WIDTHS, _SOFA_LOWER_M = 2.6, 0.14
_BEFORE_LENS_M = 0.06


@dataclass(frozen=True, eq=False)
class Sitter:
    """What of a person things are fitted to, in the world: `back` `(3,)` the rearmost point of the back, `front_m` how
    far the belly comes forwards (y), `hands_m` how low the hands lie (z), `turn_rad` of the body."""

    back: np.ndarray
    front_m: float
    hands_m: float
    turn_rad: float

    @staticmethod
    def of(trunk: np.ndarray, hands: np.ndarray, turn_rad: float) -> Sitter:
        """`trunk` and `hands`: points `(N, 3)` of the person in the first frame."""
        ahead = np.array([np.sin(turn_rad), -np.cos(turn_rad), 0.0])
        upper = trunk[trunk[:, 2] > EYES_M[2] - 0.5]
        back, low = upper[np.argmin(upper @ ahead)], float(hands[:, 2].min())
        belly = trunk[np.abs(trunk[:, 2] - low) < 0.1]
        return Sitter(back, float((belly if len(belly) else trunk)[:, 1].min()), low, turn_rad)


def around(scene: Scene, body: Body, moved: np.ndarray) -> tuple[list[Mesh], dict[str, Material]]:
    """A scene's chair, desk and the like, fitted to the person as they sit in the first frame, `moved` `(V, 3)`."""
    if scene.seat is None:
        return [], {}
    skin = body.part("body")
    of_arm = body.model.weights[skin][:, arm_bones(body)].sum(1) > 0.5
    wrist = body.bone_heads[body.model.bones.index("wrist.L"), 1]
    hands, trunk = skin[of_arm & (body.rest[skin, 1] < wrist + 0.05)], skin[~of_arm]
    return build_things(scene.seat, Sitter.of(moved[trunk], moved[hands], scene.seat.sitting.turn_rad), scene.camera)


def build_things(seat: Seat, sitter: Sitter, camera: Camera) -> tuple[list[Mesh], dict[str, Material]]:
    """Meshes and their materials, all of them marked as things."""
    shapes: list[tuple[str, Material, list[_Shape]]] = []
    if seat.chair is not None:
        shapes.append(("chair", _matter(seat.chair.color_linear, seat.chair.roughness), _chair(seat.chair, sitter)))
    if seat.desk is not None:
        shapes += _desk(seat.desk, sitter, camera)
    if seat.microphone is not None:
        shapes.append(("stand_microphone", _matter(seat.microphone.color_linear, 0.5), _microphone(seat.microphone)))
    if seat.edge is not None:
        shapes.append(("edge", _matter(seat.edge.color_linear, 0.35), [_edge(seat.edge, camera)]))
    meshes, materials = [], {}
    for name, material, parts in shapes:
        materials[f"thing_{name}"] = material
        for number, (points, faces) in enumerate(parts):
            still = np.ascontiguousarray(points[None], np.float32)
            meshes.append(Mesh(f"{name}_{number}", f"thing_{name}", still, faces))
    return meshes, materials


def _matter(color: Color, roughness: float) -> Material:
    return Material("plastic", {"color": color, "roughness": roughness}, thing=True)


def _turned(points: np.ndarray, turn_rad: float, about: np.ndarray) -> np.ndarray:
    c, s = np.cos(turn_rad), np.sin(turn_rad)
    return (points - about) @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) + about


def _chair(chair: Chair, sitter: Sitter) -> list[_Shape]:
    """Its back stands behind the person's, turned as they are."""
    top, wide = EYES_M[2] + chair.top_m, chair.width_m
    at = lambda x, y, z: np.array([sitter.back[0] + x, sitter.back[1] + chair.gap_m + y, z])
    low = sitter.hands_m - 0.1
    if chair.kind == "sofa":
        top = max(top - _SOFA_LOWER_M, low + 0.05)
        parts = [rounded_box(at(0, 0.12, (top + low) / 2), (_SOFA_WIDTHS * wide / 2, 0.12, (top - low) / 2), 0.35)]
    elif chair.kind == "dining":
        posts = [np.linspace(at(x, 0.03, low), at(1.04 * x, 0.06, top), 5) for x in (-wide / 2.3, wide / 2.3)]
        parts = [loft(line, (0.016, 0.02), square=4.0) for line in posts]
        for share in (0.95, 0.68, 0.41):
            z = low + share * (top - low)
            parts.append(rounded_box(at(0, 0.045, z), (wide / 2.3, 0.011, 0.028), 0.2))
    else:
        tall = chair.kind == "high_back"
        points, faces = rounded_box(at(0, 0.04, (top + low) / 2), (wide / 2, 0.04, (top - low) / 2), 0.45)
        x, up = points[:, 0] - sitter.back[0], np.clip((points[:, 2] - low) / (top - low), 0, 1)
        # The sides come forwards; a high back is narrower above the shoulders.
        points[:, 1] -= 0.5 * x * x
        if tall:
            points[:, 0] -= x * 0.45 * np.clip((up - 0.62) / 0.2, 0, 1)
        parts = [(points, faces)]
        if chair.headrest:
            parts.append(rounded_box(at(0, 0.05, top + 0.1), (0.3 * wide, 0.035, 0.055), 0.5))
            parts += [
                loft(np.linspace(at(x, 0.06, top - 0.04), at(x, 0.06, top + 0.1), 3), (0.008, 0.008))
                for x in (-0.04, 0.04)
            ]
    return [(_turned(points, sitter.turn_rad, sitter.back), faces) for points, faces in parts]


def _desk(desk: Desk, sitter: Sitter, camera: Camera) -> list[tuple[str, Material, list[_Shape]]]:
    """Its top lies under the hands and ends before the lens."""
    far = min(sitter.front_m + 0.02, EYES_M[1] - 0.02)
    near = max(far - desk.depth_m, camera.position_m[1] + _BEFORE_LENS_M)
    top = sitter.hands_m - 0.004
    if camera.position_m[2] < top + 0.1 or near > far - 0.1:
        near = far - 0.1
    half = (desk.width_m / 2, (far - near) / 2, desk.thick_m / 2)
    board = rounded_box(np.array([0.0, (far + near) / 2, top - half[2]]), half, 0.06)
    found = [("desk", _matter(desk.color_linear, desk.roughness), [board])]
    for number, thing in enumerate(desk.objects):
        at = np.array([thing.right_m, far + 0.12 - thing.near_m, top])
        # What would stand in the lap or behind the edge is left out.
        if near + 0.02 < at[1] < far - 0.04:
            parts = [(_turned(points * thing.size + at, thing.turn_rad, at), faces) for points, faces in _object(thing)]
            found.append((f"on_desk_{number}", _matter(thing.color_linear, 0.35), parts))
    return found


def _object(thing: Placed) -> list[_Shape]:
    """One thing standing on the origin."""
    if thing.kind == "cup":
        cup = lathe(
            np.array(
                [(0.0, 0.0), (0.032, 0.0), (0.038, 0.004), (0.041, 0.095), (0.037, 0.095), (0.034, 0.01), (0.0, 0.008)]
            )
        )
        arc = np.linspace(-0.45 * np.pi, 0.45 * np.pi, 10)
        handle = np.stack([0.036 + 0.03 * np.cos(arc), np.zeros(10), 0.05 + 0.032 * np.sin(arc)], 1)
        return [cup, loft(handle, (0.005, 0.007))]
    if thing.kind == "bottle":
        return [
            lathe(
                np.array(
                    [
                        (0.0, 0.0),
                        (0.034, 0.002),
                        (0.036, 0.01),
                        (0.036, 0.17),
                        (0.014, 0.215),
                        (0.014, 0.245),
                        (0.0, 0.246),
                    ]
                )
            )
        ]
    if thing.kind == "books":
        return [
            rounded_box(np.array([0.006 * i, 0.004 * i, 0.016 + 0.032 * i]), (0.075, 0.105, 0.015), 0.08)
            for i in range(4)
        ]
    if thing.kind == "phone":
        return [_leaning(rounded_box(np.array([0.0, 0.0, 0.074]), (0.037, 0.0045, 0.074), 0.12), 0.3)]
    base = rounded_box(np.array([0.0, 0.0, 0.009]), (0.16, 0.11, 0.008), 0.08)
    lid = _leaning(rounded_box(np.array([0.0, 0.0, 0.105]), (0.16, 0.004, 0.105), 0.08), 0.3)
    return [base, (lid[0] + np.array([0.0, 0.11, 0.012]), lid[1])]


def _leaning(shape: _Shape, angle_rad: float) -> _Shape:
    points, faces = shape
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return points @ np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]]), faces


def _microphone(microphone: Microphone) -> list[_Shape]:
    head = np.array(EYES_M) + np.array([microphone.right_m, -microphone.near_m, microphone.up_m])
    r, away = microphone.radius_m, np.array([float(microphone.side), -0.25, -0.45])
    line = head + np.linspace(-1.6, 1.6, 9)[:, None] * r * unit(np.array([0.25 * microphone.side, -0.1, -1.0]))
    knee = head + 0.28 * away + np.array([0.0, 0.0, -0.03])
    arm = np.concatenate([np.linspace(line[-1], knee, 8), np.linspace(knee, knee + 0.8 * away, 8)[1:]])
    return [loft(line, (r, r), rounded=True), loft(arm, (0.009, 0.009))]


def _edge(edge: ScreenEdge, camera: Camera) -> _Shape:
    """A slab at right angles to the view, whose near side hides `share` of the frame."""
    where, at = np.array(camera.position_m), np.array(camera.look_at_m)
    ahead = unit(at - where)
    right = unit(np.cross(ahead, np.array([0.0, 0.0, 1.0])))
    up, distance = np.cross(right, ahead), edge.near * camera.focus_m
    half = distance * np.tan(camera.hfov_rad / 2)
    # Sideways it hides a share of the frame's width, below as much of a frame of 16:9.
    side = {"left": -right, "right": right, "bottom": -up}[edge.side]
    reach = half if edge.side != "bottom" else half * 9 / 16
    along = np.cross(ahead, side)
    size = 2 * half
    middle = where + distance * ahead + side * (reach * (1 - 2 * edge.share) + size)
    points, faces = rounded_box(np.zeros(3), (size, 0.006, 3 * half), 0.03)
    c, s = np.cos(edge.lean_rad), np.sin(edge.lean_rad)
    points[:, 0], points[:, 2] = c * points[:, 0] - s * points[:, 2], s * points[:, 0] + c * points[:, 2]
    return middle + points @ np.stack([side, ahead, along]), faces
