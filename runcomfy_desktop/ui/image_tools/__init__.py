"""Image tools: masks painted on pictures, and pictures made smaller before they are sent.

Users see the mask and the shrink dialog. Start with `media_controller`.
"""
