"""The domain model: immutable values and pure functions. No files, network, clock or Qt.

Each package is one subject; the modules beside them are small subjects of their own. Users see
these values everywhere, for example a draft as a tree of inputs. Start with `drafts.draft`.
"""
