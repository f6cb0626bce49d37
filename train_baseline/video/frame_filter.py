"""Whole video frames through a session, one by one: for methods that do more than a LUT and a matte."""

from __future__ import annotations

import av
import numpy as np
from av.video.reformatter import Interpolation

from core.footage.orientation import orientation_of
from core.footage.writer import video_frame
from train_baseline.methods.base import Session
from train_baseline.video.lut_filter import ColourTags

_SCALING = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


def corrected_frame(
    frame: av.VideoFrame, tags: ColourTags, session: Session, elapsed_s: float, side_by_side: bool = False
) -> av.VideoFrame:
    """A YUV frame, `elapsed_s` after the last -> the corrected `yuv420p` frame (BT.709, video range), `pts` and
    `time_base` kept. The session sees it upright; `side_by_side` puts the input to the left of the result."""
    rgb = frame.reformat(
        format="rgb24",
        src_colorspace=tags.scaler,
        src_color_range="JPEG" if tags.wide else "MPEG",
        dst_color_range="JPEG",
        interpolation=_SCALING,
    ).to_ndarray()
    turned = orientation_of(frame)
    upright = np.ascontiguousarray(turned.upright(rgb))
    after = session.correct(upright, elapsed_s)
    shown = np.hstack([upright, after]) if side_by_side else after
    out = video_frame(turned.lying(shown))
    out.pts, out.time_base = frame.pts, frame.time_base
    return out
