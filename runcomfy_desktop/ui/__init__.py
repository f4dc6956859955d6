"""The window: Qt widgets and item models.

Each package is one feature. No coroutines, nested loops or tasks, and no I/O except decoding
pictures and the window's state: the window calls the core and listens to its topics. `base` and
`style` know no feature, `images` and `widgets` build on them, features on those, and `main_window`
puts them together. Start with `main_window.main_window`.
"""
