"""The main window: menus, docks, centre, notices and status bar. It connects the features.

Users see it as the frame around all features. Start with `main_window`.
"""
