"""Drafts: a workflow and its edits, with pins, overrides, seeds and dynamic prompts.

Users see a draft as the tree of inputs. Start with `draft`.
"""
