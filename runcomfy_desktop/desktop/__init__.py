"""What the desktop around the window is told: notifications, progress, and not to sleep."""
