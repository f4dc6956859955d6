"""Sweeps: one workflow over a grid of values."""
