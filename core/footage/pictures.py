"""Pictures, alone or a folder of them, as frames."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from core.errors import InputError, WorkError
from core.files import replacing
from core.footage.orientation import AS_IT_LIES, EXIF

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
EXIF_ORIENTATION = 0x0112


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder in the order of their names, numbers in them as numbers: `2.png` before `10.png`.
    InputError where there is none."""
    found = [file for file in folder.iterdir() if file.suffix.lower() in PICTURES and not file.name.startswith(".")]
    if not found:
        raise InputError(f"{folder}: holds no pictures ({', '.join(PICTURES)})")
    key = lambda file: [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", file.name)]
    return sorted(found, key=key)


def read_picture(path: Path) -> np.ndarray:
    """`(H, W, 3)` uint8 sRGB, upright by its EXIF tag; deeper ones are rounded, alpha is left out.

    InputError for what is no picture or not a whole one.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as whole:
            whole.load()  # fails where something is missing, which others would paint over
            turned = EXIF.get(whole.getexif().get(EXIF_ORIENTATION, 1), AS_IT_LIES)
            deep = whole.mode.startswith(("I", "F"))
            picture = np.asarray(whole if deep else whole.convert("RGB"))
    except UnidentifiedImageError:
        raise InputError(f"{path}: cannot be read as a picture; is the file damaged?") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a picture; is the file damaged? ({error})") from None
    if deep:
        picture = _from_deep(picture, path)
    return np.ascontiguousarray(turned.upright(picture))


def oddities_of_pictures(files: list[Path]) -> Iterator[str]:
    """Which pictures are animations, of which the first frame is taken: a line each; and how many have alpha."""
    from PIL import Image

    clear = 0
    for file in files:
        with contextlib.suppress(OSError, SyntaxError, ValueError), Image.open(file) as picture:
            if (count := getattr(picture, "n_frames", 1)) > 1:
                yield f"{file.name} holds {count} pictures, of which the first is taken"
            clear += picture.has_transparency_data
    if clear:
        yield f"an alpha channel{'' if len(files) == 1 else f' in {clear} pictures'}, which is left out"


def write_picture(path: Path, frame: np.ndarray, quality: int = 88) -> None:
    """`(H, W, 3)` uint8 sRGB as what the name ends in, PNG or JPEG (of this `quality`). WorkError when it cannot be
    written."""
    good, data = cv2.imencode(path.suffix, np.ascontiguousarray(frame[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise WorkError(f"{path}: the picture cannot be coded")
    with replacing(path, last=False, ending=False) as part:
        part.write_bytes(data.tobytes())


def frames_of_pictures(files: list[Path]) -> Iterator[np.ndarray]:
    """One after another. InputError naming the first whose size differs."""
    size: tuple[int, ...] | None = None
    for file in files:
        picture = read_picture(file)
        if size is not None and picture.shape != size:
            raise InputError(
                f"{file}: is {picture.shape[1]}x{picture.shape[0]}, {files[0].name} is {size[1]}x{size[0]}; "
                "the pictures of one video have one size"
            )
        size = picture.shape
        yield picture


def _from_deep(grey: np.ndarray, path: Path) -> np.ndarray:
    """16 bits of grey -> RGB of 8."""
    if grey.dtype.kind == "f" or int(grey.min(initial=0)) < 0 or int(grey.max(initial=0)) > 65535:
        raise InputError(f"{path}: its levels are {grey.dtype} beyond 16 bits; save it with 8 or 16 bits")
    return np.repeat(np.rint(grey.astype(np.float32) / 257).astype(np.uint8)[..., None], 3, axis=-1)
