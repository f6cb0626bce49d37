"""The body of a person: shape, pose, skin, eyes, teeth."""
