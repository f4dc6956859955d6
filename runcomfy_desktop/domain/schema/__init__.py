"""Declarations of nodes and inputs, read from the response to `GET /object_info`.

They give each input the right editor, choices and limits. Start with `schema`.
"""
