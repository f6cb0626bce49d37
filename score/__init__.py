"""Measures of fidelity and preference: how good a video is in the challenge's own terms, and what raters prefer."""
