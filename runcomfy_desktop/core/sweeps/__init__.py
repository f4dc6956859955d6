"""Batches and grids: many runs of one draft over ranges of values.

Users see the plan and its price in the dialogs, and a grid that fills. Start with `sweeps`.
"""
