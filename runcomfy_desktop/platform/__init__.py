"""Code that differs between Linux, Windows and macOS.

Users get notifications and see progress on the taskbar icon. A second start raises the first
window, and the computer stays awake while jobs run. Start with `desktop_controller`.
"""
