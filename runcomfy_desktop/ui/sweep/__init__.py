"""Sweeps: the grid that fills, and the ways to it."""
