"""The look: colours, spacing, icons and highlights.

Users see the light or the dark theme. Start with `theme`.
"""
