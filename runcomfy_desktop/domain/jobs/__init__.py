"""Jobs: states, transitions, outputs and estimates.

Users see them as the rows of the queue. Start with `job`.
"""
