"""Measures of fidelity and preference: numpy and scipy."""
