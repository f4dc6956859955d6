"""Media fields: drop areas, previews and messages for inputs that take files.

Users see boxes in the tree. They drop or paste files there, or choose them in a file dialog. Start
with `media_field`.
"""
