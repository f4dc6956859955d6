"""Media files as inputs take them: types, sizes, masks and what may be sent.

Users see which files an input accepts, and why it refuses others. Start with `media`.
"""
