"""Drafts: edited workflows that are kept here, with undo, pins, seeds and workflow files.

Users see the draft in view as the tree of inputs, and all of them in the Drafts dock. Start with
`draft_editor`.
"""
