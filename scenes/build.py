"""A scene's person and motion -> everything solid in the clip, as arrays that the renderer takes as they are."""

from __future__ import annotations

import numpy as np

from core.rng import rng_for
from scenes.accessories import build_accessories
from scenes.body.body import Body, build_body
from scenes.body.eyes import build_eyes, paint_eye
from scenes.body.skin import paint_skin
from scenes.body.skin_maps import paint_maps
from scenes.body.teeth import teeth_drop
from scenes.body.wrinkles import paint_wrinkles
from scenes.clothes.dress import build_garment, cloth_materials
from scenes.clothes.hem_distance import covered
from scenes.clothes.record import Clothing
from scenes.hair.beard import beard_density, beard_strands
from scenes.hair.brows import brow_strands, lash_strands
from scenes.hair.grow import grow_scalp, under_hair
from scenes.hair.scalp import Skull, above_line, scalp_density
from scenes.hair.strands import press_under
from scenes.hair.styles import STYLES
from scenes.mesh.surface import Solid, triangles, vertex_normals
from scenes.motion.curves import motion_curves
from scenes.spec import Geometry, Material, Mesh, Scene, Strands


def build_geometry(scene: Scene) -> Geometry:
    """Every mesh, strand and texture of a clip. The first call on a machine also builds the body model (about 20 s)."""
    person, frames = scene.person, scene.frames
    rng = lambda stage: rng_for(scene.seed, scene.clip, f"geometry-{stage}")
    body = build_body(person)
    curves = motion_curves(scene.motion, frames, scene.fps, body.model.action_names, body)
    transforms = body.transforms(curves.pose)
    moved = body.moved(curves.actions, transforms)
    head = transforms[:, body.model.bones.index("head")]
    moved[:, body.part("teeth_upper")] -= teeth_drop(body) * head[:, None, :, 2]
    skull = Skull.of(body)

    hair = person["hair"]
    density = scalp_density(body, skull, hair, STYLES[hair["style"]].top_bald)
    beard = person.get("beard")
    whiskers = beard_density(body, skull, beard)
    attributes = paint_skin(body, person["skin"], density, whiskers * (beard["shade"] if beard else 0.0))
    if STYLES[hair["style"]].top_m[0] > 0.03:
        # Little light reaches the scalp under hair.
        attributes["tone"] *= 1 - 0.65 * density[:, None]
    if STYLES[hair["style"]].top_bald:
        # The photographs show shaved scalps, a bald one is as even as the forehead.
        attributes["photo"] *= 1 - np.clip((above_line(body.rest, skull, hair) + 9) / 6, 0, 1)
    clothing = Clothing.from_json(person["clothing"])
    garment = build_garment(body, clothing, rng("clothing"))
    bare = ~covered(body, clothing)
    meshes = [_part_mesh(body, moved, "body", "skin", attributes, body.model.body_uv, bare)]
    for part, material in (("teeth_upper", "teeth"), ("teeth_lower", "teeth"), ("tongue", "tongue")):
        meshes.append(_part_mesh(body, moved, part, material))
    meshes += build_eyes(body, head, curves.gaze)
    for piece in garment:
        points = body.skin(piece.points.astype(np.float32), piece.weights.astype(np.float32), transforms)
        meshes.append(Mesh(piece.name, piece.material, points, piece.faces, piece.uv.astype(np.float32)))

    worn, worn_materials = build_accessories(body, head, person)
    meshes += worn
    # Where the band and cups of headphones lie in the rest: hair goes under them.
    over = [m.vertices[0] for m in worn if m.name.startswith(("band", "cup", "cushion"))]
    over = (np.concatenate(over) - head[0, :, 3]) @ head[0, :, :3] if over else None
    mass, mass_faces = under_hair(body, skull, density, hair)
    if len(mass):
        mass = mass if over is None else press_under(mass, over, skull)
        points = np.einsum("tij,nj->tni", head[:, :, :3], mass) + head[:, None, :, 3]
        meshes.append(Mesh("hair_under", "hair_under", points.astype(np.float32), mass_faces, subdivisions=1))

    skin_tris = triangles(body.model.faces["body"])
    normals = vertex_normals(body.rest, skin_tris)
    shown = body.part("body")
    cloth = garment[0]
    cloth_normals = vertex_normals(cloth.points, triangles(cloth.faces))
    solid = Solid(np.concatenate([body.rest[shown], cloth.points]), np.concatenate([normals[shown], cloth_normals]))
    if laid := [piece.points for piece in garment[1:] if not piece.under]:
        solid = solid.under(np.concatenate(laid))
    strands = []
    points, radius = grow_scalp(body, solid, skull, density, hair, rng("hair"), _pixel_m(scene), over)
    # Greying hair is white hairs among dark ones, at the temples first.
    temple = 1 - np.clip(np.abs(skull.angles(points[:, 0])[1]) / 30, 0, 1)
    white = rng("grey").random(len(points)) < hair["grey"] * (0.9 + 0.6 * temple)
    for name, some in (("hair_white", white), ("hair", ~white)):
        if some.any():
            strands.append(Strands(name, name, points[None, some], radius[some], _four(head)))
    rooted = {"brows": ("brow", brow_strands(body, skull, hair, _pixel_m(scene), rng("brows")))}
    if beard is not None:
        rooted["beard"] = ("beard", beard_strands(body, skull, beard, whiskers, _pixel_m(scene), rng("beard")))
    for name, (material, grown) in rooted.items():
        if grown is not None:
            binding, offset, radius = grown
            turned = np.einsum("tij,nkj->tnki", head[:, :, :3], offset)
            points = (binding.of(moved)[:, :, None] + turned).astype(np.float32)
            strands.append(Strands(name, material, points, radius))
    for i, (matrix, radius) in enumerate(lash_strands(body, skull, hair, rng("lashes"))):
        line = np.stack([matrix @ frame for frame in moved]).reshape(frames, *radius.shape, 3)
        strands.append(Strands(f"lashes_{i}", "lash", line.astype(np.float32), radius))

    images = {"eye": paint_eye(person["eyes"], rng("eyes"))}
    images["skin"], images["skin_relief"] = paint_maps(
        person["skin"]["maps"], paint_wrinkles(person["skin"]["wrinkles"], rng("wrinkles"))
    )
    cloth_looks, textures = cloth_materials(clothing)
    images |= textures
    eyes = np.array([*skull.eyes, 1.0], np.float32)
    frame = _four(head).copy()
    frame[:, :3, 3] = head @ eyes
    return Geometry(
        frames=frames,
        head=frame,
        materials=_materials(person) | cloth_looks | worn_materials,
        meshes=tuple(meshes),
        strands=tuple(strands),
        images=images,
    )


def _pixel_m(scene: Scene) -> float:
    """Metres that one pixel sees at the distance of the face."""
    return 2 * scene.camera.focus_m * float(np.tan(scene.camera.hfov_rad / 2)) / scene.width


def _part_mesh(
    body: Body,
    moved: np.ndarray,
    part: str,
    material: str,
    attributes: dict | None = None,
    uv: np.ndarray | None = None,
    shown: np.ndarray | None = None,
) -> Mesh:
    """`shown`: `(V,)` bool; faces with no such vertex are left out."""
    faces = body.model.faces[part]
    some = slice(None) if shown is None else shown[faces].any(1)
    numbers, faces = np.unique(faces[some], return_inverse=True)
    faces = faces.reshape(-1, 4).astype(np.int32)
    chosen = {name: values[numbers] for name, values in (attributes or {}).items()}
    places = None if uv is None else uv[some]
    return Mesh(part, material, np.ascontiguousarray(moved[:, numbers]), faces, places, chosen, True, 1)


def _four(transforms: np.ndarray) -> np.ndarray:
    out = np.zeros((len(transforms), 4, 4), np.float32)
    out[:, :3], out[:, 3, 3] = transforms, 1
    return out


def _materials(person: dict) -> dict[str, Material]:
    skin, hair = person["skin"], person["hair"]
    grey = hair["grey"]
    colour = {"melanin": hair["melanin"], "redness": hair["redness"] * (1 - 0.6 * grey)}
    # Brows are darker than fair hair, and thin hairs pass light.
    brow = float(np.clip(0.42 + 0.55 * hair["melanin"] + hair["brow_darker"], 0.35, 0.98))
    # The first white hairs are grey ones: mixed with dark hair they would read as stripes.
    white = (0.12 + 0.42 * grey) * np.array([1.0, 0.97, 0.93])
    return {
        "skin": Material(
            "skin",
            {
                "roughness": skin["roughness"],
                "pores": skin["pores"],
                "scale_m": skin["scatter_m"],
                "freckle_linear": skin["freckle_linear"],
                "folds_m": skin["folds_m"],
            },
            {"photo": "skin", "relief": "skin_relief"},
        ),
        "teeth": Material("teeth", {"color": skin["teeth_linear"]}),
        "tongue": Material("tongue"),
        "eye": Material("eye", {}, {"base_color": "eye"}),
        "cornea": Material("cornea"),
        "hair": Material("hair", colour),
        "hair_under": Material("underhair", {"color": [0.45 * float(x) for x in skin["hair_linear"]]}),
        "hair_white": Material("hair", {"color": [float(x) for x in white]}),
        "brow": Material("hair", {**colour, "melanin": brow}),
        "beard": Material("hair", {**colour, "redness": min(1.0, colour["redness"] + 0.1)}),
        "lash": Material("lash", {"melanin": 0.95, "redness": 0.2}),
    }
