"""Essentials: the inputs of a workflow that a user wants to see first.

Start with `guess`.
"""
