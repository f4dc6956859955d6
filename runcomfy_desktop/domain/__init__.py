"""The domain model: immutable values and pure functions. No files, network, clock or Qt.

Each package covers one subject; each module next to the packages covers a small one. Users see
these values everywhere, for example a draft as a tree of inputs. Start with `drafts.draft`.
"""
