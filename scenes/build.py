"""A scene's person and motion -> everything solid in the clip, as arrays that the renderer takes as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.rng import rng_for
from scenes.accessories import build_accessories
from scenes.body.body import Body, build_body
from scenes.body.eyes import build_eyes, paint_eye
from scenes.body.face_relief import FACE_UV, crease_curves, paint_creases, paint_grain, paint_uneven
from scenes.body.skin import paint_skin
from scenes.body.skin_maps import paint_maps
from scenes.body.teeth import teeth_drop
from scenes.body.wrinkles import paint_wrinkles
from scenes.clothes.dress import build_garment, cloth_materials
from scenes.clothes.hem_distance import covered
from scenes.clothes.piece import Piece
from scenes.company import joined
from scenes.covers import build_cover
from scenes.hair.beard import SHAVEN, beard_density, beard_strands
from scenes.hair.brows import brow_strands, lash_strands
from scenes.hair.grow import grow_scalp, under_hair
from scenes.hair.scalp import Skull, above_line, scalp_density
from scenes.hair.strands import in_streaks, press_under
from scenes.hair.styles import STYLES
from scenes.mesh.surface import Solid, triangles, vertex_normals
from scenes.motion.curves import motion_curves
from scenes.person_record import Hair, Person, Skin
from scenes.seat.build import around
from scenes.seat.posture import off_place, sitting_turns
from scenes.seat.propped import propped
from scenes.spec import Company, Geometry, Material, Mesh, Scene, Strands

_Stage = Callable[[str], np.random.Generator]


@dataclass(frozen=True, eq=False)
class _Moving:
    """One body in one clip. `moved`: `(T, V, 3)` every vertex at every frame; `transforms`: `(T, B, 3, 4)` of its
    bones, `head` of them `(T, 3, 4)` the head's; `gaze`: `(T, 2)`; `actions`: `(T, 52)` of the face."""

    body: Body
    skull: Skull
    moved: np.ndarray
    transforms: np.ndarray
    head: np.ndarray
    gaze: np.ndarray
    actions: np.ndarray

    @staticmethod
    def of(scene: Scene) -> _Moving:
        body = build_body(scene.person)
        curves = motion_curves(scene.motion, scene.frames, scene.fps, body.model.action_names, body)
        held = sitting_turns(scene.seat.sitting) if scene.seat else {}
        pose = curves.pose
        if scene.seat and scene.seat.sitting.propped:
            pose, held = propped(body, pose, held, scene.seat.sitting.propped)
        transforms = body.transforms(pose, held)
        transforms[..., 3] -= off_place(body, held)
        moved = body.moved(curves.actions, transforms)
        head = transforms[:, body.model.bones.index("head")]
        moved[:, body.part("teeth_upper")] -= teeth_drop(body) * head[:, None, :, 2]
        return _Moving(body, Skull.of(body), moved, transforms, head, curves.gaze, curves.actions)


def build_geometry(scene: Scene) -> Geometry:
    """Every mesh, strand and texture of a clip. The first call on a machine also builds the body model (about 20 s)."""
    alone, company = _alone(scene), scene.company
    return alone if company is None else joined(alone, _alone(_other(scene, company)), company)


def _other(scene: Scene, company: Company) -> Scene:
    """The scene of the second person alone."""
    clip = f"{scene.clip}-company"
    return replace(scene, clip=clip, person=company.person, motion=company.motion, seat=None, company=None)


def _alone(scene: Scene) -> Geometry:
    person = scene.person
    rng = lambda stage: rng_for(scene.seed, scene.clip, f"geometry-{stage}")
    who = _Moving.of(scene)
    density = scalp_density(who.body, who.skull, person.hair, STYLES[person.hair.style].top_bald)
    if person.cover is not None and person.cover.kind == "hijab":
        density = np.zeros_like(density)  # not a hair shows
    whiskers = beard_density(who.body, who.skull, person.beard)
    shaven = beard_density(who.body, who.skull, SHAVEN) * person.skin.stubble if person.skin.stubble else 0.0
    garment = build_garment(who.body, person.clothing, rng("clothing"))
    worn, worn_materials = build_accessories(who.body, who.head, person.glasses, person.headphones)
    band = _under_band(worn, who.head)
    cover, cover_looks, cover_images = _cover(who, person, garment, rng("cover"))
    if over := [piece.points for piece in cover if piece.name != "cover_neck"]:
        band = np.concatenate(over)
    painted = _painted(who, person, density, whiskers, shaven)
    meshes = [
        *_skin_meshes(who, person, painted, ~covered(who.body, person.clothing)),
        *build_eyes(who.body, who.head, who.gaze),
        *_cloth_meshes(who, [*garment, *cover]),
        *worn,
        *_hair_mass(who, person.hair, density, band),
    ]
    strands = [
        *_scalp_strands(who, person.hair, density, _solid(who.body, garment), _pixel_m(scene), band, rng),
        *_rooted_strands(who, person, whiskers, _pixel_m(scene), rng),
        *_lashes(who, person.hair, rng("lashes")),
    ]
    things, things_materials = around(scene, who.body, who.moved[0])
    images = {"eye": paint_eye(person.eyes, rng("eyes"))}
    images |= _skin_images(person.skin, rng)
    cloth_looks, textures = cloth_materials(person.clothing, rng("print"))
    eyes = np.array([*who.skull.eyes, 1.0], np.float32)
    frame = _four(who.head).copy()
    frame[:, :3, 3] = who.head @ eyes
    return Geometry(
        frames=scene.frames,
        head=frame,
        materials=_materials(person) | cloth_looks | worn_materials | cover_looks | things_materials,
        meshes=(*meshes, *things),
        strands=tuple(strands),
        images=images | textures | cover_images,
    )


def _painted(
    who: _Moving, person: Person, density: np.ndarray, whiskers: np.ndarray, shaven: np.ndarray | float
) -> dict[str, np.ndarray]:
    """The skin's attributes per vertex, `density`, `whiskers` and `shaven` `(V,)` of hair and beard on it included."""
    style = STYLES[person.hair.style]
    shade = shaven + whiskers * (person.beard.shade if person.beard else 0.0)
    attributes = paint_skin(who.body, person.skin, density, shade)
    if style.top_m[0] > 0.03:
        # Little light reaches the scalp under hair.
        attributes["tone"] *= 1 - 0.65 * density[:, None]
    if style.top_bald:
        # The photographs show shaved scalps, a bald one is as even as the forehead.
        attributes["photo"] *= 1 - np.clip((above_line(who.body.rest, who.skull, person.hair) + 9) / 6, 0, 1)
    return attributes


def _skin_images(skin: Skin, rng: _Stage) -> dict[str, np.ndarray]:
    wrinkles = paint_wrinkles(skin.wrinkles, rng("wrinkles"))
    uneven = paint_uneven(skin.grain, skin.monk, len(wrinkles), rng("uneven")) if skin.grain else None
    color, relief = paint_maps(skin.maps, wrinkles, skin.moles, uneven)
    found = {"skin": color, "skin_relief": relief}
    if skin.grain:
        found |= {"skin_grain": paint_grain(skin.grain, rng("grain")), "skin_creases": paint_creases(rng("creases"))}
    return found


def _skin_meshes(who: _Moving, person: Person, attributes: dict[str, np.ndarray], bare: np.ndarray) -> list[Mesh]:
    """Skin where no cloth covers it (`bare` `(V,)` bool), teeth and tongue."""
    body = _part_mesh(who, "body", "skin", attributes, who.body.model.body_uv, bare)
    creases = crease_curves(who.actions, who.body.model.action_names, person.skin.wrinkles)
    meshes = [replace(body, per_frame={"creases": creases})]
    for part, material in (("teeth_upper", "teeth"), ("teeth_lower", "teeth"), ("tongue", "tongue")):
        meshes.append(_part_mesh(who, part, material))
    return meshes


def _cloth_meshes(who: _Moving, garment: list[Piece]) -> list[Mesh]:
    return [
        Mesh(
            piece.name,
            piece.material,
            who.body.skin(piece.points.astype(np.float32), piece.weights.astype(np.float32), who.transforms),
            piece.faces,
            piece.uv.astype(np.float32),
        )
        for piece in garment
    ]


def _cover(
    who: _Moving, person: Person, garment: list[Piece], rng: np.random.Generator
) -> tuple[list[Piece], dict[str, Material], dict[str, np.ndarray]]:
    if person.cover is None:
        return [], {}, {}
    return build_cover(who.body, who.skull, person.cover, np.concatenate([piece.points for piece in garment]), rng)


def _under_band(worn: list[Mesh], head: np.ndarray) -> np.ndarray | None:
    """Where the band and cups of headphones lie in the rest, `(P, 3)`: hair goes under them."""
    over = [mesh.vertices[0] for mesh in worn if mesh.name.startswith(("band", "cup", "cushion"))]
    return (np.concatenate(over) - head[0, :, 3]) @ head[0, :, :3] if over else None


def _hair_mass(who: _Moving, hair: Hair, density: np.ndarray, band: np.ndarray | None) -> list[Mesh]:
    mass, faces = under_hair(who.body, who.skull, density, hair)
    if not len(mass):
        return []
    mass = mass if band is None else press_under(mass, band, who.skull)
    points = np.einsum("tij,nj->tni", who.head[:, :, :3], mass) + who.head[:, None, :, 3]
    return [Mesh("hair_under", "hair_under", points.astype(np.float32), faces, subdivisions=1)]


def _solid(body: Body, garment: list[Piece]) -> Solid:
    """What hair lies on: skin and the outer cloth, with collars, hoods and the like over them."""
    normals = vertex_normals(body.rest, triangles(body.model.faces["body"]))
    shown = body.part("body")
    cloth = garment[0]
    cloth_normals = vertex_normals(cloth.points, triangles(cloth.faces))
    solid = Solid(np.concatenate([body.rest[shown], cloth.points]), np.concatenate([normals[shown], cloth_normals]))
    if laid := [piece.points for piece in garment[1:] if not piece.under]:
        solid = solid.under(np.concatenate(laid))
    return solid


def _scalp_strands(
    who: _Moving, hair: Hair, density: np.ndarray, solid: Solid, pixel_m: float, band: np.ndarray | None, rng: _Stage
) -> list[Strands]:
    if not density.any():
        return []
    points, radius = grow_scalp(who.body, solid, who.skull, density, hair, rng("hair"), pixel_m, band)
    # Greying hair is white hairs among dark ones, at the temples first.
    temple = 1 - np.clip(np.abs(who.skull.angles(points[:, 0])[1]) / 30, 0, 1)
    white = rng("grey").random(len(points)) < hair.grey * (0.9 + 0.6 * temple)
    light = ~white & in_streaks(points[:, 0], hair.streaks, rng("streaks"))
    kinds = (("hair_white", white), ("hair_light", light), ("hair", ~white & ~light))
    return [
        Strands(name, name, points[None, some], radius[some], _four(who.head)) for name, some in kinds if some.any()
    ]


def _rooted_strands(who: _Moving, person: Person, whiskers: np.ndarray, pixel_m: float, rng: _Stage) -> list[Strands]:
    """Brows and beard, which follow the skin that they are rooted in."""
    body, skull = who.body, who.skull
    grown = [("brows", "brow", brow_strands(body, skull, person.hair, pixel_m, rng("brows")))]
    if person.beard is not None:
        beard = beard_strands(body, skull, person.beard, whiskers, pixel_m, rng("beard"))
        grown += [("beard", "beard", beard)] if beard is not None else []
    strands = []
    for name, material, (binding, offset, radius) in grown:
        turned = np.einsum("tij,nkj->tnki", who.head[:, :, :3], offset)
        points = (binding.of(who.moved)[:, :, None] + turned).astype(np.float32)
        strands.append(Strands(name, material, points, radius))
    return strands


def _lashes(who: _Moving, hair: Hair, rng: np.random.Generator) -> list[Strands]:
    strands = []
    for i, (matrix, radius) in enumerate(lash_strands(who.body, who.skull, hair, rng)):
        line = np.stack([matrix @ frame for frame in who.moved]).reshape(len(who.moved), *radius.shape, 3)
        strands.append(Strands(f"lashes_{i}", "lash", line.astype(np.float32), radius))
    return strands


def _pixel_m(scene: Scene) -> float:
    """Metres that one pixel sees at the distance of the face."""
    return 2 * scene.camera.focus_m * float(np.tan(scene.camera.hfov_rad / 2)) / scene.width


def _part_mesh(
    who: _Moving,
    part: str,
    material: str,
    attributes: dict[str, np.ndarray] | None = None,
    uv: np.ndarray | None = None,
    shown: np.ndarray | None = None,
) -> Mesh:
    """`shown`: `(V,)` bool; faces with no such vertex are left out."""
    faces = who.body.model.faces[part]
    some = slice(None) if shown is None else shown[faces].any(1)
    numbers, faces = np.unique(faces[some], return_inverse=True)
    faces = faces.reshape(-1, 4).astype(np.int32)
    chosen = {name: values[numbers] for name, values in (attributes or {}).items()}
    places = None if uv is None else uv[some]
    return Mesh(part, material, np.ascontiguousarray(who.moved[:, numbers]), faces, places, chosen, True, 1)


def _four(transforms: np.ndarray) -> np.ndarray:
    out = np.zeros((len(transforms), 4, 4), np.float32)
    out[:, :3], out[:, 3, 3] = transforms, 1
    return out


def _materials(person: Person) -> dict[str, Material]:
    skin, hair = person.skin, person.hair
    grey = hair.grey
    colour = {"melanin": hair.melanin, "redness": hair.redness * (1 - 0.6 * grey)}
    # Brows are darker than fair hair, and thin hairs pass light.
    brow = float(np.clip(0.42 + 0.55 * hair.melanin + hair.brow_darker, 0.35, 0.98))
    # The first white hairs are grey ones: mixed with dark hair they would read as stripes.
    white = (0.12 + 0.42 * grey) * np.array([1.0, 0.97, 0.93])
    return {
        "skin": Material(
            "skin",
            {
                "roughness": skin.roughness,
                "pores": skin.pores,
                "scale_m": skin.scatter_m,
                "folds_m": skin.folds_m,
                "fuzz": skin.fuzz,
                "face_uv": FACE_UV,
            }
            | ({"freckle_linear": skin.freckle_linear} if skin.freckles else {}),
            {"photo": "skin", "relief": "skin_relief"}
            | ({"grain": "skin_grain", "creases": "skin_creases"} if skin.grain else {}),
        ),
        "teeth": Material("teeth", {"color": skin.teeth_linear}),
        "tongue": Material("tongue"),
        "eye": Material("eye", {}, {"base_color": "eye"}),
        "cornea": Material("cornea"),
        "hair": Material("hair", colour),
        "hair_light": Material("hair", {**colour, "melanin": hair.streak_melanin}),
        "hair_under": Material("underhair", {"color": [0.45 * float(x) for x in skin.hair_linear]}),
        "hair_white": Material("hair", {"color": [float(x) for x in white]}),
        "brow": Material("hair", {**colour, "melanin": brow}),
        "beard": Material("hair", {**colour, "redness": min(1.0, colour["redness"] + 0.1)}),
        "lash": Material("lash", {"melanin": 0.95, "redness": 0.2}),
    }
