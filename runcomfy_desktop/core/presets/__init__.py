"""The preset library: files in a folder, listed, read, saved and exchanged.

It also plans what applying a preset would change. Users see the library in the Presets dock. Start
with `preset_library`.
"""
