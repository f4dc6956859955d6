"""The command palette: finds everything in the window by typing a few characters.

Users open it with Ctrl+K. Start with `palette_controller`.
"""
