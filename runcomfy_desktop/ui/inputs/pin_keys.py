"""The keys for pins, which menus of the window and of rows name alike."""

PIN_KEYS = "Ctrl+P"
EDIT_KEYS = "Ctrl+Alt+P"
ONLY_KEYS = "Ctrl+Alt+4"
