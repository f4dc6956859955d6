"""The process: starting, the event loop, sessions, logs and crashes.

Users see that the window appears at once, that one window serves one data folder, and that nothing
is lost when the program ends. Opens the other packages in order and closes them in reverse. Start
with `application`.
"""
