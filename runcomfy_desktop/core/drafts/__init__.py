"""Drafts: edited workflows, stored on this computer, with undo, pins, seeds and workflow files.

Users see the current draft in the tree of inputs and all drafts in the Drafts dock. Start with
`draft_editor`.
"""
