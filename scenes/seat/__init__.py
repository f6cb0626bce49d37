"""How somebody sits, and what stands around them: chair, desk, and what is on it or before the lens."""
