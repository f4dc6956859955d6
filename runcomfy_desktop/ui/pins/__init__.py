"""Pinned inputs: a short form of the inputs that matter.

Users see it above the tree. Start with `pinned_form`.
"""
