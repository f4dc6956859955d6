"""Declarations of nodes and inputs as `GET /object_info` gives them.

Users see the right editor, choices and limits for each input. Start with `schema`.
"""
