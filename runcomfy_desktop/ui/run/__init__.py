"""Running: the run bar, and the questions that come before a run.

Users see the Run button with its price, and a question when a run needs a decision. Start with
`run_controller`.
"""
