"""Sweeps: one workflow over a grid of values, and batches with their seeds.

Users see the axes of a grid and its cells. Start with `sweep`.
"""
