"""Drafts: edited workflows, stored on this computer, and workflow files.

Users see them in the Drafts dock. Start with `drafts`.
"""
