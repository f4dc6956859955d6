"""The connect dialog.

Users paste their API key, test it, and see where it is kept. Start with `connect`.
"""
