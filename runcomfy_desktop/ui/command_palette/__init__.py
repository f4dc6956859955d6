"""The command palette: everything in the window by a few typed letters.

Users see it after Ctrl+K. Start with `palette_controller`.
"""
