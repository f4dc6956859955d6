"""Media files on inputs: their types, sizes and masks, and what may be sent.

Users see which files an input accepts and why it refuses the others. Start with `media`.
"""
