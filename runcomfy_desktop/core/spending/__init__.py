"""Cost estimates, limits on spending and totals.

Users see prices before a run, what today cost, and jobs that a limit holds. Start with `budget`.
"""
