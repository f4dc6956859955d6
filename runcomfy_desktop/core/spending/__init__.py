"""Cost estimates, spending limits and totals.

Users see the price before a run, today's total, and which jobs a limit holds back. Start with
`budget`.
"""
