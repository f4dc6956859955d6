"""The connect dialog.

Users paste their key there, have it tested, and see where it is kept. Start with `connect`.
"""
