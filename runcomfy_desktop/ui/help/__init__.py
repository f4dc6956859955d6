"""Help: about, diagnostics, data folders and updates.

Users see the entries of the Help menu. Start with `help_controller`.
"""
