"""Who gave a video and under what licence: on the command line, or in a YAML file beside it; never guessed."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from core.config import Section, load
from core.errors import InputError


class Given(Section):
    """What must be known of a video before it is taken in."""

    giver: str = Field(min_length=1, description="who gave it, or who is to be named")
    licence: str = Field(min_length=1, description="under what licence or consent, e.g. CC0-1.0")
    source: str = Field("", description="where it is from, e.g. an address")
    note: str = Field("", description="anything else")


def sidecar_of(video: Path) -> Path | None:
    """The YAML file beside a video: `clip.mp4.yaml` or `clip.yaml`."""
    places = (video.with_name(f"{video.name}.yaml"), video.with_suffix(".yaml"))
    return next((place for place in places if place.is_file()), None)


def given_of(video: Path, giver: str | None, licence: str | None) -> Given:
    """The sidecar's word, else the command line's. InputError that says what to do where neither says it."""
    sidecar = sidecar_of(video)
    if sidecar is not None:
        return load(sidecar, Given)
    if not giver or not licence:
        missing = " and ".join(name for name, value in (("--giver", giver), ("--licence", licence)) if not value)
        raise InputError(
            f"{video}: nobody says who gave it and under what licence; give {missing}, or write {video.name}.yaml "
            "beside it with the keys giver and licence"
        )
    return Given(giver=giver, licence=licence)
