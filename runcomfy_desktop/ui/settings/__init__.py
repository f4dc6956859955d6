"""The settings dialog and its pages.

Users open it with Ctrl+, (comma). Start with `settings_dialog`.
"""
