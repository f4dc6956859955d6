"""The preset library: files in a folder, listed, saved, applied and exchanged.

Users see them in the Presets dock. Start with `preset_library`.
"""
