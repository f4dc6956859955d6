"""Drafts: their dock, reports on a workflow, and the guard against unsaved work.

Users see the Drafts dock, and a question where closing would lose something. Start with
`drafts_controller`.
"""
