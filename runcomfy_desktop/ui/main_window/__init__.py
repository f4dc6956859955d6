"""The main window: menus, docks, centre, notices and status bar. It ties the features together.

Users see it as the frame around all features. Start with `main_window`.
"""
