"""Hair, beard and brows as strands."""
