"""Sweeps run a workflow over a grid of values; batches repeat it with other seeds.

Users see the axes and cells of a grid. Start with `sweep`.
"""
