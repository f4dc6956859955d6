"""General helpers: JSON within limits, safe text, fuzzy search and errors for users.

Imports nothing else of the domain. Start with `problem`.
"""
