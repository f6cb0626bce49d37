"""How a person moves, talks and gestures over a clip."""
