"""What sends many jobs at once: the dialogs, and the desk that opens them."""
