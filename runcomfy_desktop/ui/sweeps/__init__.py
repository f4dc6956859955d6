"""Batches and grids: the dialogs that plan many runs, and the window of a grid.

Users see the entries of the Run menu for many runs, and a grid that fills. Start with
`sweep_controller`.
"""
