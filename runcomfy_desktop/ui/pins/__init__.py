"""Pinned inputs: a small form with the inputs that matter most.

Users see it above the tree of all inputs, or in its place. Start with `pinned_form`.
"""
