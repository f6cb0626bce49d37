"""The ways to correct a frame, each a file."""
