"""Media fields: drop areas, previews and messages of inputs that take files.

Users see them as boxes in the tree that they drop, paste or choose files on. Start with
`media_field`.
"""
