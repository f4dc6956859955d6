"""Building blocks of the core: topics, tasks, notices, preferences, retries and file access.

This package imports no other package of the core. Users see the notices. Start with `topic`.
"""
