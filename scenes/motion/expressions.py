"""Expressions as face actions at full strength; names without a side mean both sides."""

from scenes.motion.record import Mood

EXPRESSIONS: dict[Mood, dict[str, float]] = {
    "neutral": {},
    "smile": {"mouthSmile": 0.5, "cheekSquint": 0.4, "eyeSquint": 0.2, "mouthDimple": 0.2},
    "slight_smile": {"mouthSmile": 0.25, "cheekSquint": 0.12},
    "interest": {"browInnerUp": 0.4, "browOuterUp": 0.3, "eyeWide": 0.15},
    "thought": {"browDown": 0.4, "mouthPress": 0.2, "eyeSquint": 0.15},
    "doubt": {"browInnerUp": 0.35, "mouthFrown": 0.15, "mouthShrugLower": 0.2},
    "laugh": {
        "mouthSmile": 0.75,
        "cheekSquint": 0.7,
        "eyeSquint": 0.45,
        "jawOpen": 0.22,
        "mouthUpperUp": 0.35,
        "noseSneer": 0.12,
    },
    "frown": {"browDown": 0.65, "eyeSquint": 0.3, "mouthFrown": 0.3, "mouthPress": 0.25},
    "surprise": {"browInnerUp": 0.7, "browOuterUp": 0.6, "eyeWide": 0.4, "jawOpen": 0.15},
    "smirk": {"mouthSmile": 0.3, "mouthLeft": 0.3, "cheekSquint": 0.2},
}
