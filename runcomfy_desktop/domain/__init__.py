"""The domain model: immutable values and pure functions. No files, network, clock or Qt.

Each package covers one subject; the modules next to them are small subjects of their own. Users see
these values everywhere, for example a draft as a tree of inputs. Start with `drafts.draft`.
"""
