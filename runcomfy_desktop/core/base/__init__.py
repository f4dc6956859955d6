"""Building blocks of the core: topics, tasks, notices, preferences and retries.

Users see the notices. Imports nothing else of the core. Start with `topic`.
"""
