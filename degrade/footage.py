"""A user's own picture or video as frames, for looking at what a config does to it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from core.errors import InputError

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
STILL_FRAMES, STILL_FPS = 8, 30.0


def read_footage(path: Path, most_frames: int, most_width: int) -> tuple[np.ndarray, float]:
    """`(T, H, W, 3)` uint8 sRGB and frames a second; even sides (an odd one is cut by 1), at most `most_width` wide.

    A picture becomes a short still clip, so that stages over time have something to act on. Raises InputError for what
    cannot be read.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; give a picture ({', '.join(PICTURES)}) or a video")
    if path.suffix.lower() in PICTURES:
        frame = _fitted(_read_picture(path), most_width, path)
        return np.repeat(frame[None], STILL_FRAMES, 0), STILL_FPS
    return _read_video(path, most_frames, most_width)


def _read_picture(path: Path) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as whole:
            whole.load()  # OpenCV would paint over what is missing
    except UnidentifiedImageError:
        pass
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a picture; is the file damaged? ({error})") from None
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError(f"{path}: cannot be read as a picture; is the file damaged?")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def _read_video(path: Path, most_frames: int, most_width: int) -> tuple[np.ndarray, float]:
    import av

    frames = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InputError(f"{path}: holds no video")
            stream = container.streams.video[0]
            fps = float(stream.average_rate or STILL_FPS)
            for frame in container.decode(stream):
                upright = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
                frames.append(_fitted(upright, most_width, path))
                if len(frames) == most_frames:
                    break
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read as a picture or a video: {getattr(error, 'strerror', None) or error}"
        ) from None
    if not frames:
        raise InputError(f"{path}: holds no frames")
    return np.stack(frames), fps


def _fitted(frame: np.ndarray, most_width: int, path: Path) -> np.ndarray:
    height, width = frame.shape[:2]
    if width > most_width:
        height, width = round(height * most_width / width), most_width
        frame = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
    if min(height, width) < 16:
        raise InputError(f"{path}: a picture of {width}x{height} is too small to degrade; give at least 16x16")
    return np.ascontiguousarray(frame[: height // 2 * 2, : width // 2 * 2])
