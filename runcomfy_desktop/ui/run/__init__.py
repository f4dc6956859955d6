"""Running: the run bar, and the questions before anything is billed.

Users see the Run button with its price, and a question where a run needs an answer. Start with
`run_controller`.
"""
