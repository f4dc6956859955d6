"""Image tools: painting masks on pictures, and shrinking pictures before they are sent.

Users see the mask dialog and the shrink dialog. Start with `image_tools_controller`.
"""
