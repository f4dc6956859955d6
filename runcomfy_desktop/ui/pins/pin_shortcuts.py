"""The keys for pins, which menus of the window and of rows name alike."""

PIN_SHORTCUT = "Ctrl+P"
EDIT_PIN_SHORTCUT = "Ctrl+Alt+P"
ONLY_PINNED_SHORTCUT = "Ctrl+Alt+4"
