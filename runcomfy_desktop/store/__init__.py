"""Storage: history (SQLite), settings, drafts, media references, schemas and keys (keyring).

Users see that their work is there again after any end of the program. Start with `database`.
"""
