"""Jobs: their states, transitions, outputs and cost estimates.

Users see each job as a row of the queue. Start with `job`.
"""
