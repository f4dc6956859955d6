"""Presets in the window: the list in their dock, the button in the run bar, and their deeds."""
