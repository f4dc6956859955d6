"""Storage: history (SQLite), settings, drafts, presets, sweeps, media, schemas and keys (keyring).

The user's work survives, even if the program crashes. Start with `history`.
"""
