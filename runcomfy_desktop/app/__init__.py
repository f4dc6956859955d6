"""The process: startup, the event loop, sessions, logs and crash reports.

This package opens the other layers in order and closes them in reverse. Users see the window at
once, one window for each data folder, and lose nothing when the program ends. Start with
`application`.
"""
