"""Every kind of colour that libav can name: to sRGB, or refused by name.

Values are taken as they are shown: SDR video of BT.601, 709 and 2020 has sRGB's curve near enough, as players have it.
Other primaries are converted in linear light; those of BT.601 and 709 count as one, as in players.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from core.colour import linear_from_srgb, srgb_from_linear
from core.errors import InputError

RGB, UNSAID = "rgb", 2
MATRICES = {
    1: ("bt709", Colorspace.ITU709),
    4: ("fcc", Colorspace.FCC),
    5: ("bt470bg", Colorspace.ITU601),
    6: ("smpte170m", Colorspace.ITU601),
    7: ("smpte240m", Colorspace.SMPTE240M),
    9: ("bt2020nc", Colorspace.BT2020),
}
"""libav's number of a YUV matrix -> its name, which the filters of ffmpeg know, and the scaler's number."""
OTHER_MATRICES = {
    0: "RGB in YUV planes",
    8: "YCgCo",
    10: "BT.2020 constant luminance",
    11: "SMPTE 2085 (Y'D'zD'x)",
    12: "chroma-derived",
    13: "chroma-derived constant luminance",
    14: "ICtCp",
    15: "IPT-PQ-C2 (Dolby Vision)",
    16: "YCgCo-Re",
    17: "YCgCo-Ro",
}
HDR = {16: "PQ (SMPTE ST 2084)", 18: "HLG (ARIB STD-B67)"}
OTHER_TRANSFERS = {8: "linear light", 9: "logarithmic (100:1)", 10: "logarithmic (316:1)", 17: "SMPTE ST 428-1"}
TRANSFERS = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 11: "iec61966-2-4", 12: "bt1361e",
    13: "srgb", 14: "bt2020-10", 15: "bt2020-12",
}  # fmt: skip
SAME_PRIMARIES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 22: "ebu3213"}
D65, ILLUMINANT_C, DCI_WHITE = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
PRIMARIES = {
    4: ("bt470m", (0.67, 0.33, 0.21, 0.71, 0.14, 0.08), ILLUMINANT_C),
    8: ("film", (0.681, 0.319, 0.243, 0.692, 0.145, 0.049), ILLUMINANT_C),
    9: ("bt2020", (0.708, 0.292, 0.170, 0.797, 0.131, 0.046), D65),
    11: ("smpte431 (DCI-P3)", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060), DCI_WHITE),
    12: ("smpte432 (Display P3)", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060), D65),
}
"""Other primaries: name, x and y of red, green and blue, and of white (ITU-T H.273, table 2)."""
OTHER_PRIMARIES = {10: "SMPTE ST 428-1 (XYZ)"}
_BT709 = (0.640, 0.330, 0.300, 0.600, 0.150, 0.060)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Without the two flags the scaler's colours come out up to 3 levels too dark."""


@dataclass(frozen=True)
class Tags:
    """How a frame's values stand for colours: names of `matrix` ("rgb" for none), `primaries` and `transfer`."""

    matrix: str
    full_range: bool
    primaries: str
    transfer: str
    scaler_matrix: int = 0
    primaries_code: int = UNSAID


def tags_of(frame: av.VideoFrame, place: str) -> Tags:
    """A frame's colour tags, untagged ones as players take them: BT.709 from 720 lines up, BT.601 below, video range.

    InputError with `place` for HDR (with the command that converts it) and for what cannot be converted.
    """
    transfer, primaries, matrix = int(frame.color_trc), int(frame.color_primaries), int(frame.colorspace)
    if transfer in HDR:
        raise InputError(f"{place}: is HDR, {HDR[transfer]}; convert it to SDR first: {sdr_command(place)}")
    for code, others, what in (
        (transfer, OTHER_TRANSFERS, "transfer"),
        (primaries, OTHER_PRIMARIES, "primaries"),
    ):
        if code in others:
            raise InputError(f"{place}: its colours are {others[code]} ({what}), which is not read; {_AGAIN}")
    primaries_name = PRIMARIES[primaries][0] if primaries in PRIMARIES else SAME_PRIMARIES.get(primaries, "bt709")
    named = (primaries_name, TRANSFERS.get(transfer, "srgb"))
    if frame.format.is_rgb or frame.format.has_palette or len(frame.format.components) < 3:
        return Tags(RGB, int(frame.color_range) != 1, *named, primaries_code=primaries)
    if matrix in OTHER_MATRICES:
        raise InputError(f"{place}: its colours are {OTHER_MATRICES[matrix]}, which is not read; {_AGAIN}")
    name, scaler = MATRICES.get(matrix) or MATRICES[1 if frame.height >= 720 else 6]
    full = int(frame.color_range) == 2 or frame.format.name.startswith("yuvj")
    return Tags(name, full, *named, scaler, primaries)


_AGAIN = "convert it to BT.709 first (ffmpeg's filters zscale or colorspace)"


def sdr_command(place: str) -> str:
    """A shell command that makes SDR of an HDR video."""
    steps = "zscale=t=linear:npl=203,format=gbrpf32le,tonemap=hable:desat=0,zscale=p=bt709:t=bt709:m=bt709:r=tv"
    quoted = place.replace("'", "'\\''")
    return f"ffmpeg -i 'file:{quoted}' -vf {steps},format=yuv420p -c:a copy sdr.mp4"


class ToRgb:
    """Frames to `(H, W, 3)` uint8 sRGB as they lie in the file; keeps the scaler from frame to frame."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def __call__(self, frame: av.VideoFrame, tags: Tags) -> np.ndarray:
        depth = max(component.bits for component in frame.format.components)
        wide = tags.primaries_code in PRIMARIES
        how = "gbrp16le" if depth > 8 or wide else "rgb24"  # rgb48le comes out wrong with these flags
        yuv = tags.matrix != RGB
        shown: np.ndarray = self._scaler.reformat(
            frame,
            format=how,
            src_colorspace=tags.scaler_matrix if yuv else None,
            src_color_range=ColorRange.JPEG if tags.full_range or not yuv else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=_EXACT,
            threads=1,
        ).to_ndarray()
        if not yuv and not tags.full_range:  # the scaler takes grey and RGB as full range whatever their tag
            unit = (shown.astype(np.float32) / _top(shown) - 16 / 255) * (255 / 219)
            shown = np.rint(np.clip(unit, 0, 1) * _top(shown)).astype(shown.dtype)
        if wide:
            linear = linear_from_srgb(shown.astype(np.float32) / 65535) @ _to_bt709(tags.primaries_code).T
            return np.rint(srgb_from_linear(linear) * 255).astype(np.uint8)
        return shown if shown.dtype == np.uint8 else ((shown.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _top(levels: np.ndarray) -> int:
    return 255 if levels.dtype == np.uint8 else 65535


@functools.cache
def _to_bt709(code: int) -> np.ndarray:
    """Linear light of these primaries -> of BT.709, `(3, 3)` float32, white to white (Bradford)."""
    _, corners, white = PRIMARIES[code]
    one, other = _BRADFORD @ _xyz(*white), _BRADFORD @ _xyz(*D65)
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(other / one) @ _BRADFORD
    found = np.linalg.inv(_rgb_to_xyz(_BT709, D65)) @ adapted @ _rgb_to_xyz(corners, white)
    return found.astype(np.float32)


def _rgb_to_xyz(corners: tuple[float, ...], white: tuple[float, float]) -> np.ndarray:
    columns = np.stack([_xyz(*corners[i : i + 2]) for i in (0, 2, 4)], axis=1)
    return columns * np.linalg.solve(columns, _xyz(*white))


def _xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])
