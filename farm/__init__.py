"""Runs many jobs, each in its own process: a local pool, Ray, or a slice of an array job."""
