"""General helpers: JSON within limits, plain text, fuzzy search and `Problem`, the error for users.

Users see every `Problem` as a message. This package imports no other package of the domain. Start
with `problem`.
"""
