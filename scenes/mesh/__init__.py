"""Meshes: normals, distances, subdivision, simple shapes."""
