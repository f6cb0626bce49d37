"""How bright faces, frames and backgrounds of drawn scenes come out, and where their light comes from. Traces nothing.

    keyfill rooms configs/light_field.yaml --out data/rooms
    python benchmarks/rooms_levels.py configs/light_field.yaml --clips 500

For each lighting of each clip a stand-in sits before the plate: a head and a trunk of ellipsoids, diffuse, of the
person's own skin tone, lit by the panorama's irradiance (its first nine spherical harmonics: Ramamoorthi and Hanrahan,
2001). The camera meters that picture as a render is metered. It has no hair, no shadows of its own and no shine.
Levels are 8-bit sRGB luma. `--shards FOLDER` holds the stand-ins against the same lightings, rendered.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.colour import luminance, srgb_from_linear
from core.errors import KeyfillError
from keyfill.run_config import load_run
from pairs.dataset import Dataset
from render.camera import pixel_rays
from render.config import RenderConfig
from render.environment import background_plate, load_hdri, solid_angles, texel_directions
from render.exposure import source_exposure, studio_level, webcam_of
from scenes.body.skin import albedo
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import EYES_M, Camera, Lighting, Scene

SIZE = (128, 72)
CLOTH = 0.2
# Centre from the eyes and half axes, metres: face, trunk.
HEAD = (np.array([0.0, 0.06, -0.03]), np.array([0.075, 0.095, 0.12]))
TRUNK = (np.array([0.0, 0.1, -0.52]), np.array([0.23, 0.13, 0.34]))
STUDIO_SHADE = 0.5
"""What a face shows of a card's light under key and fill, its own shade included: fits rendered clips (`--shards`)."""
DARK, FAIR = 60.0, 100.0
"""Below: hard to see, dim; above: well lit, as real faces with 104 to 139 are."""


@dataclass(frozen=True)
class Levels:
    """Means of one lighting's picture, 8-bit luma; where the face's light comes from on average, `azimuth_deg` from the
    camera's direction, positive to its right; `burnt`: share of the background at the top level."""

    key: str
    face: float
    frame: float
    background: float
    target: float
    azimuth_deg: float
    elevation_deg: float
    burnt: float


def harmonics(directions: np.ndarray) -> np.ndarray:
    """`(..., 9)`: real spherical harmonics to the second degree of unit directions `(..., 3)`."""
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.stack(
        [np.full_like(x, 0.282095), 0.488603 * y, 0.488603 * z, 0.488603 * x, 1.092548 * x * y, 1.092548 * y * z,
         0.315392 * (3 * z * z - 1), 1.092548 * x * z, 0.546274 * (x * x - y * y)], -1,
    )  # fmt: skip


def irradiance(image: np.ndarray) -> np.ndarray:
    """`(9, 3)` such that `harmonics(normal) @ it` is what a white diffuse card with that normal shows."""
    height = image.shape[0]
    weights = harmonics(texel_directions(height)) * solid_angles(height)[..., None]
    falls = np.array([1.0, *[2 / 3] * 3, *[1 / 4] * 5])
    return np.einsum("hwk,hwc->kc", weights, image) * falls[:, None]


def seen(rays: np.ndarray, origin: np.ndarray, centre: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where rays meet an ellipsoid, `(H, W)` bool, and its normals there, `(H, W, 3)`."""
    o, d = (origin - centre) / half, rays / half
    a, b, c = (d * d).sum(-1), (d * o).sum(-1), float(o @ o) - 1
    root = b * b - a * c
    hit = root > 0
    at = o + d * ((-b - np.sqrt(np.maximum(root, 0))) / a)[..., None]
    normal = at / half
    return hit, normal / np.linalg.norm(normal, axis=-1, keepdims=True)


class StandIn:
    """Head and trunk of one clip as its camera sees them."""

    def __init__(self, scene: Scene):
        camera: Camera = scene.camera
        rays, origin = pixel_rays(camera, *SIZE), np.array(camera.position_m)
        self.trunk, below = seen(rays, origin, np.array(EYES_M) + TRUNK[0], TRUNK[1])
        self.face, front = seen(rays, origin, np.array(EYES_M) + HEAD[0], HEAD[1])
        self.subject = self.face | self.trunk
        self.normals = np.where(self.face[..., None], front, below)
        skin = albedo(scene.person.skin)
        self.albedo = np.where(self.face[..., None], skin, CLOTH) * self.subject[..., None]
        self.away = (origin - np.array(EYES_M)) / np.linalg.norm(origin - np.array(EYES_M))


def levels_of(
    scene: Scene, lighting: Lighting, sitter: StandIn, small: np.ndarray, large: np.ndarray, config: RenderConfig
) -> Levels:
    """One lighting; `small`, `large`: the room as light and as a picture."""
    coefficients = irradiance(small)
    c, s = math.cos(lighting.rotation_rad), math.sin(lighting.rotation_rad)
    back = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    shown = np.maximum(harmonics(sitter.normals @ back.T) @ coefficients, 0) * sitter.albedo
    plate = background_plate(large, scene.camera, lighting.rotation_rad, *SIZE)
    luma = luminance(np.where(sitter.subject[..., None], shown, plate).astype(np.float32))
    card = luminance(sitter.albedo.astype(np.float32)) * STUDIO_SHADE
    level = studio_level(card, sitter.face, sitter.subject, config.target_level, config.target_skin)
    wanted = float(card[sitter.face].mean()) * level
    factor = source_exposure(luma, sitter.face, wanted, lighting.exposure_ev, webcam_of(lighting, config))
    exposed = srgb_from_linear(luma * np.float32(factor)) * 255
    # The first degree's vector points to where the light comes from.
    toward = np.array([luminance(row) for row in coefficients[[3, 1, 2]].astype(np.float32)]) @ back
    right = np.cross(-sitter.away, (0, 0, 1))
    azimuth = math.degrees(math.atan2(toward @ right, toward @ sitter.away))
    elevation = math.degrees(math.atan2(toward[2], math.hypot(*toward[:2])))
    behind = ~sitter.subject
    target = float(srgb_from_linear(np.float32(wanted))) * 255
    return Levels(
        lighting.key, float(exposed[sitter.face].mean()), float(exposed.mean()), float(exposed[behind].mean()), target,
        azimuth, elevation, float((exposed[behind] > 253).mean()),
    )  # fmt: skip


def measure(scenes: ScenesConfig, render: RenderConfig, seed: int, clips: int) -> list[Levels]:
    """Every lighting of the first training clips."""
    import cv2

    rooms = {room.name: room.path for room in find_rooms(scenes)}
    loaded: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    rows = []
    for index in range(clips):
        scene = draw_scene(scenes, seed, index)
        sitter = StandIn(scene)
        for lighting in scene.lightings:
            if lighting.hdri not in loaded:
                image = load_hdri(rooms[lighting.hdri])
                size = lambda width, image=image: cv2.resize(image, (width, width // 2), interpolation=cv2.INTER_AREA)
                loaded[lighting.hdri] = size(128), size(min(image.shape[1], 768))
            rows.append(levels_of(scene, lighting, sitter, *loaded[lighting.hdri], render))
    return rows


def summary(rows: list[Levels]) -> list[str]:
    """Lines for the terminal."""
    lines = []
    for name in ("face", "target", "frame", "background"):
        values = [getattr(row, name) for row in rows]
        low, quarter, middle, three, high = np.percentile(values, [5, 25, 50, 75, 95])
        lines.append(
            f"{name:<10}  mean {np.mean(values):.0f} (5 % {low:.0f}, 25 % {quarter:.0f}, 50 % {middle:.0f}, "
            f"75 % {three:.0f}, 95 % {high:.0f})"
        )
    face = np.array([row.face for row in rows])
    shares = [(face < DARK).mean(), ((face >= DARK) & (face < FAIR)).mean(), (face >= FAIR).mean()]
    lines.append(
        f"faces: hard to see (under {DARK:.0f}) {shares[0]:.0%}, dim {shares[1]:.0%}, "
        f"well lit ({FAIR:.0f} and over) {shares[2]:.0%}; "
        f"darker than their background by 30 or more {np.mean([r.background - r.face > 30 for r in rows]):.0%}; "
        f"burnt out behind, over 2 % of it: {np.mean([row.burnt > 0.02 for row in rows]):.0%}"
    )
    sides = Counter(_side(row.azimuth_deg) for row in rows)
    shares = [f"{name} {sides[name] / len(rows):.0%}" for name in ("before", "left", "right", "behind")]
    above = np.median([row.elevation_deg for row in rows])
    lines.append(f"light from: {', '.join(shares)}; above the face by {above:.0f} degrees (median)")
    return lines


def against(rows: list[Levels], folder: Path) -> list[str]:
    """How near the stand-ins come to the same lightings in clean shards."""
    shards = Dataset(folder)
    found = {key: shards.info(key)["face_mean"] for key in shards.keys()}
    pairs = [(row, found[row.key]) for row in rows if row.key in found and found[row.key]["target"] > 0]
    lines = []
    for name, role in (("face", "source"), ("target", "target")):
        made, real = (np.array(values) for values in zip(*((getattr(r, name), f[role]) for r, f in pairs), strict=True))
        lines.append(
            f"{role} face of {len(pairs)} rendered: mean {real.mean():.0f}, stand-ins {made.mean():.0f}, "
            f"apart by {np.abs(made - real).mean():.0f} (correlation {np.corrcoef(made, real)[0, 1]:.2f})"
        )
    return lines


def _side(azimuth_deg: float) -> str:
    if abs(azimuth_deg) <= 45:
        return "before"
    return "behind" if abs(azimuth_deg) >= 135 else ("right" if azimuth_deg > 0 else "left")


def main() -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--set", action="append", default=[], help="section.key=value, as keyfill has it")
    parser.add_argument("--shards", type=Path, help="clean shards of the same config and rooms")
    options = parser.parse_args()
    try:
        config = load_run(options.config, options.set)
        rows = measure(config.scenes, config.render, config.seed, options.clips)
    except KeyfillError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{options.clips} clips, {len(rows)} lightings")
    print("\n".join(summary(rows)))
    if options.shards:
        print("\n".join(against(rows, options.shards)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
