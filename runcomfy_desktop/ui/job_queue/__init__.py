"""The job queue: table, row texts, buttons and details.

Users see the Queue dock and the dialogs that a job opens. Start with `panel`.
"""
