"""Presets: their dock, their button in the run bar, and the preview before one is applied.

Users see the Presets dock, the button and the preview. Start with `presets_controller`.
"""
