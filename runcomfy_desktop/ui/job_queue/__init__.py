"""The job queue: its table, texts, buttons and details.

Users see the Queue dock and the dialogs about a job. Start with `panel`.
"""
