"""Storage: history (SQLite), settings, drafts, presets, sweeps, media, schemas and keys (keyring).

Users find their work again however the program ended. Start with `history`.
"""
