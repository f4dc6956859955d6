"""Essentials: a form of the inputs that matter most, which are called pins in code and files.

Users see it in place of the tree of all inputs. Start with `pinned_form`.
"""
