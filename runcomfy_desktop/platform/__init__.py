"""Everything that differs between Linux, Windows and macOS.

Users see notifications, progress on the taskbar icon, a computer that stays awake while jobs run,
and a second start that raises the first window. Start with `desktop_controller`.
"""
