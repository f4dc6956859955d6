"""Presets: their dock, the button in the run bar, and the preview before one is applied.

Users see the Presets dock. Start with `presets_controller`.
"""
