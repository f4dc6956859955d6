"""Facts: frozen values and pure functions. No files, no network, no clock, no Qt.

Each package is one subject. Users see these values everywhere: a draft in the tree of inputs, a job
in the queue. Start with `drafts.draft`.
"""
