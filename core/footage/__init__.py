"""One reader of other people's video: any container, rotation, colours and time stamps in, sRGB frames out."""

from __future__ import annotations

from core.footage.info import FootageInfo, TimedFrame
from core.footage.pictures import PICTURES
from core.footage.reader import VIDEOS, Footage, oddities

__all__ = ["PICTURES", "VIDEOS", "Footage", "FootageInfo", "TimedFrame", "oddities"]
