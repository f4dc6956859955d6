"""Drafts: a workflow and its edits, with pins, overrides, seeds and dynamic prompts.

Users see them in the tree of inputs. Start with `draft`.
"""
