"""The window: Qt widgets and item models.

Most packages are one feature. `base` and `style` know about no feature, `images` and `widgets`
build on them, features build on those four, and `main_window` puts everything together. The window
calls the core and listens to its topics. It has no coroutines, no tasks and, except for drags, no
nested event loops. Worker threads read and copy files, except for icons, the style sheet and the
window's state. Start with `main_window.main_window`.
"""
