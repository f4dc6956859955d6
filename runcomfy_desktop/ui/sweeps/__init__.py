"""Batches and grids: the dialogs that plan many runs, and the window of a grid.

Users open the dialogs from the Run menu, and watch the grid fill as runs finish. Start with
`batches_controller` for the dialogs and `sweep_controller` for the grid window.
"""
