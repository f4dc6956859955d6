"""Running: the run bar, and the confirmations before a run.

Users see the Run button with its price, and a dialog when a run needs a decision. Start with
`run_controller`.
"""
