"""The main window: menus, docks, centre and status bar, and what ties the features together.

Users see the frame that all features appear in. Start with `main_window`.
"""
