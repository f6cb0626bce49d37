"""Expressions as face actions at full strength; names without a side mean both sides."""

from scenes.motion.record import Mood

EXPRESSIONS: dict[Mood, dict[str, float]] = {
    "neutral": {},
    "smile": {"mouthSmile": 0.5, "cheekSquint": 0.4, "eyeSquint": 0.2, "mouthDimple": 0.2},
    "slight_smile": {"mouthSmile": 0.25, "cheekSquint": 0.12},
    "interest": {"browInnerUp": 0.4, "browOuterUp": 0.3, "eyeWide": 0.15},
    "thought": {"browDown": 0.4, "mouthPress": 0.2, "eyeSquint": 0.15},
    "doubt": {"browInnerUp": 0.35, "mouthFrown": 0.15, "mouthShrugLower": 0.2},
}
