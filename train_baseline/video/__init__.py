"""A method applied to a video."""
