"""Look: colours, spacing, icons and highlights.

Users see the light and the dark theme. Start with `theme`.
"""
