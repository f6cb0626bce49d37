"""A drawn room -> what the renderer is handed: meshes by material, images, lights, the sky. No engine."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.ranges import any_of
from core.rng import rng_for
from scenes.rooms.backdrop import photographed_outside
from scenes.rooms.fittings import Emitter, Glow, fittings
from scenes.rooms.furniture import build_item
from scenes.rooms.outside import lights_outside, outside
from scenes.rooms.photographs import PRINTS, photograph, small_prints
from scenes.rooms.pictures import desktop, screen_page, scribble, wall_picture
from scenes.rooms.record import Finish, IndoorRoom, Opening
from scenes.rooms.shell import REVEAL_M, shell
from scenes.rooms.sky import Sky, make_sky
from scenes.rooms.solids import Piece
from scenes.rooms.walls import INWARD, at_wall
from scenes.rooms.wiring import wiring
from scenes.spec import EYE_HEIGHT_M, Geometry, Material, Mesh

# Surfaces that every room has alike; what differs is the tint of a piece.
_COMMON = {
    "paper": Finish("diffuse", (0.74, 0.72, 0.68), roughness=0.9),
    "book": Finish("book", (1.0, 1.0, 1.0), roughness=0.45),
    "leaf": Finish("leaf", (1.0, 1.0, 1.0), roughness=0.4),
    "stem": Finish("diffuse", (0.09, 0.09, 0.03)),
    "soil": Finish("diffuse", (0.03, 0.02, 0.013), roughness=1.0),
    "bark": Finish("diffuse", (0.07, 0.05, 0.035), roughness=1.0),
    "terracotta": Finish("diffuse", (0.36, 0.13, 0.06), roughness=0.85),
    "ceramic": Finish("gloss", (1.0, 1.0, 1.0), roughness=0.15),
    "gloss": Finish("gloss", (1.0, 1.0, 1.0), roughness=0.08),
    "plastic": Finish("gloss", (1.0, 1.0, 1.0), roughness=0.4),
    "white": Finish("gloss", (0.72, 0.72, 0.71), roughness=0.4),
    "black": Finish("gloss", (0.014, 0.014, 0.015), roughness=0.35),
    "chrome": Finish("metal", (0.56, 0.56, 0.57), roughness=0.28),
    "steel": Finish("metal", (0.5, 0.5, 0.5), roughness=0.45),
    "mirror": Finish("metal", (0.86, 0.87, 0.86), roughness=0.02),
    # a coat against glare: a lamp in it is wide and dim, not a round spot
    "screen": Finish("diffuse", (0.009, 0.009, 0.01), roughness=0.32),
    "net": Finish("sheer", (0.025, 0.025, 0.027)),
    "board": Finish("gloss", (0.7, 0.71, 0.7), roughness=0.42),
    "blackboard": Finish("concrete", (0.018, 0.03, 0.024), roughness=0.7, scale_m=0.6),
    "cardboard": Finish("diffuse", (0.36, 0.23, 0.12), roughness=0.85),
    "basket": Finish("basket", (0.38, 0.25, 0.13), roughness=0.8, scale_m=0.02),
    "linen": Finish("fabric", (0.68, 0.67, 0.64), roughness=0.95),
    "reveal": Finish("paint", (0.74, 0.73, 0.71), roughness=0.8),
    "pane": Finish("pane", (0.93, 0.95, 0.94), roughness=0.0),
    # etched, as glass before pictures often is: a clear one mirrors windows as jagged white spots
    "picture_glass": Finish("pane", (0.95, 0.96, 0.955), roughness=0.3),
    "cable": Finish("plain", (0.03, 0.03, 0.032), roughness=0.5),
    "frosted": Finish("cloth_thin", (0.7, 0.72, 0.72)),
    "street": Finish("stone", (0.12, 0.12, 0.12), (0.17, 0.165, 0.16), 0.9, 2.0),
    "grass": Finish("stone", (0.05, 0.085, 0.028), (0.085, 0.115, 0.05), 0.95, 1.5),
    "facade": Finish("facade", (1.0, 1.0, 1.0)),
    "plaster": Finish("diffuse", (1.0, 1.0, 1.0), roughness=0.9),
    "ceiling_tiles": Finish("ceiling_tiles", (0.72, 0.72, 0.7), (0.6, 0.6, 0.59), 0.95, 0.6),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class BuiltRoom:
    """What the renderer needs: `portals` are `(centre, toward, width, height)` of windows, `toward` into the room;
    `groups`: every light group. Everything in the room's own axes; the panorama's camera takes the room's turn."""

    geometry: Geometry
    emitters: tuple[Emitter, ...]
    sky: Sky
    portals: tuple[tuple[tuple[float, ...], tuple[float, ...], float, float], ...]
    groups: tuple[str, ...]


def build_room(room: IndoorRoom) -> BuiltRoom:
    """Everything solid and everything that shines, from the record alone. ValueError: a vertex that is not finite."""
    rng = lambda stage: rng_for(room.seed, room.name, stage)
    lights = fittings(room)
    lights.glows |= lights_outside(room, rng("lights outside"))
    pieces = shell(room, rng("shell")) + lights.pieces
    pieces += wiring(room, rng("wiring"))
    pieces += [dataclasses.replace(piece, group="outside") for piece in outside(room, rng("outside"))]
    for i, item in enumerate(room.items):
        pieces += build_item(item, rng(f"item-{i}"))
    sky = make_sky(room.daylight, rng("sky"))
    if room.windows() and room.daylight.place:
        sky = photographed_outside(sky, room.daylight)
    names = dict.fromkeys(piece.material for piece in pieces)
    images = {name: _picture(name, room, rng(name)) for name in names if name.removeprefix("picture").isdigit()}
    if "photo" in names:
        images["photo"] = small_prints(rng("prints"))
    images |= {name: scribble(rng(name), name == "menu") for name in ("scribble", "menu") if name in names}
    if "glow:screens" in names:
        images["screens"] = desktop(rng("screens"), photograph(rng("desktop"), any_of(rng("desktop"), PRINTS), 1.7))
    images["screen_page"] = screen_page(rng("screen"), room.monitor.dark_page)
    materials = {name: _material(name, room, lights.glows, images) for name in sorted(names)}
    windows = room.windows()
    groups = ["sky"] * bool(windows) + ["sun"] * (bool(windows) and max(sky.sun_w) > 0)
    groups += [*dict.fromkeys(emitter.group for emitter in lights.emitters)]
    return BuiltRoom(
        Geometry(1, np.eye(4, dtype=np.float32)[None], materials, _merged(pieces, lights.glows), images=images),
        tuple(lights.emitters),
        sky,
        tuple(_portal(opening, room) for opening in windows),
        tuple(groups),
    )


def _material(name: str, room: IndoorRoom, glows: dict[str, Glow], images: dict[str, np.ndarray]) -> Material:
    if name in glows:
        glow = glows[name]
        params: dict[str, Any] = {"radiance": list(glow.radiance), "sampled": glow.sampled}
        return Material("glow", params, {"base_color": glow.image} if glow.image else {})
    if name in images:
        return Material("image", {"roughness": {"scribble": 0.42, "menu": 0.6}.get(name, 0.5)}, {"base_color": name})
    finish = room.finishes.get(name) or _COMMON[name]
    params = {key: list(v) if isinstance(v, tuple) else v for key, v in dataclasses.asdict(finish).items()}
    if name == "facade":
        params["lit_windows"] = float(room.daylight.dark)
    return Material(params.pop("kind"), params)


def _picture(name: str, room: IndoorRoom, rng: np.random.Generator) -> np.ndarray:
    """`(H, W, 3)` uint8 sRGB: part of a photographed place, or painted by rule."""
    if name not in room.pictures:
        return wall_picture(rng)
    size = next(item.size_m for item in room.items if item.second == name)
    return np.rint(photograph(rng, room.pictures[name], size[0] / size[2]) * 255).astype(np.uint8)


def _merged(pieces: Iterable[Piece], glows: dict[str, Glow]) -> tuple[Mesh, ...]:
    """One mesh per material and kind of shading; glowing things of a lamp together."""
    groups: dict[tuple[str, str, bool], list[Piece]] = {}
    for piece in pieces:
        groups.setdefault((piece.material, piece.group, piece.smooth), []).append(piece)
    meshes = []
    for (material, group, smooth), members in sorted(groups.items()):
        offsets = np.cumsum([0, *(len(piece.vertices) for piece in members[:-1])])
        faces = np.concatenate(
            [np.where(_quads(p.faces) < 0, -1, _quads(p.faces) + o) for p, o in zip(members, offsets, strict=True)]
        )
        points = np.concatenate([piece.vertices for piece in members])
        if not np.isfinite(points).all():
            raise ValueError(f"{material}: a vertex is not a finite place")
        tint = np.concatenate([np.broadcast_to(np.asarray(p.tint, float), (len(p.vertices), 3)) for p in members])
        local = np.concatenate([piece.local for piece in members])
        group = glows[material].group if material in glows else group
        meshes.append(
            Mesh(
                f"{material}|{group}|{'smooth' if smooth else 'flat'}",
                material,
                points[None].astype(np.float32),
                faces.astype(np.int32),
                attributes={"local": local.astype(np.float32), "tint": tint.astype(np.float32)},
                smooth=smooth,
            )
        )
    return tuple(meshes)


def _quads(faces: np.ndarray) -> np.ndarray:
    return faces if faces.shape[1] == 4 else np.pad(faces, ((0, 0), (0, 1)), constant_values=-1)


def _portal(opening: Opening, room: IndoorRoom) -> tuple[tuple[float, ...], tuple[float, ...], float, float]:
    place = at_wall(room.bounds_m, opening.wall, opening.along_m, -(REVEAL_M + 0.03))
    centre = (*place, (opening.bottom_m + opening.top_m) / 2)
    return centre, INWARD[opening.wall], opening.width_m, opening.top_m - opening.bottom_m


def render_record(room: IndoorRoom, built: BuiltRoom) -> dict[str, Any]:
    """The part of the renderer's job that is plain JSON; geometry and sky are files beside it."""
    record = {
        "eye_m": [0.0, 0.0, EYE_HEIGHT_M],
        "turn_rad": room.turn_rad,
        "emitters": [dataclasses.asdict(emitter) for emitter in built.emitters],
        "portals": [list(portal) for portal in built.portals],
        "groups": list(built.groups),
        "sun": {"power_w": built.sky.sun_w, "toward": built.sky.toward_sun, "size_rad": built.sky.sun_size_rad},
    }
    return json.loads(json.dumps(record))
