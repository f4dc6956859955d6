"""Batches and grids: many runs of one draft over ranges of values.

Users see the plan and its price in a dialog, then a grid window that fills as runs finish. Start
with `sweeps`.
"""
