"""The eleven factors that our own judge looks at, each a severity: 0 is a fault that is not there. No torch in here."""

from __future__ import annotations

from dataclasses import dataclass

TOP = 4.0
"""Most of a severity that is taught: worse than that is as bad as that."""


@dataclass(frozen=True)
class Factor:
    """`short`: a label for a table; `meaning`: what 1 of it is; what it is measured or drawn from when it is taught."""

    short: str
    meaning: str


FACTORS = {
    "exposure": Factor("exposure of the face", "1 stop too dark or too bright on the face, against the studio's light"),
    "evenness": Factor(
        "evenness", "light that changes over the face by 1 stop more than most studios', 3 stops, as from one side"
    ),
    "key_fill": Factor(
        "key to fill", "light that changes over the face by 0.4 stops less than most studios', 0.4 stops: flat"
    ),
    "skin_white": Factor("white of the skin", "1/3 stop of red or blue too much or too little on the face"),
    "background_cast": Factor(
        "cast of the background", "1/3 stop of red or blue too much or too little behind the person, of two sides"
    ),
    "noise": Factor("noise", "log2(1 + sigma / 2): 1 is 2 levels of 255, 2 is 6, 3 is 14"),
    "blocks": Factor(
        "blocks", "what coding took: 1 is JPEG of quality 36 or H.264 of crf 33, 2 is 17 or 42, 3 is 0 or 51"
    ),
    "sharpness": Factor("sharpness", "a blur of 1 pixel (standard deviation), or as much of sharpening beyond nature"),
    "flicker": Factor(
        "flicker", "log2(1 + change / 0.02 stops) of the light from frame to frame: 1 is 0.02, 2 is 0.06"
    ),
    "spill": Factor("spill at the outline", "half a stop of light amiss in a band around the person's outline"),
    "structure": Factor(
        "structure kept", "a third of the face's fine detail gone while the rest of the picture has its own"
    ),
}
"""In the order of the network's outputs."""
NAMES = tuple(FACTORS)
LIGHT = NAMES[:5]
"""Those that are measured on a rendered pair."""
