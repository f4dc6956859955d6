"""The graph of the workflow, painted with its links.

Users see the Graph dock. Start with `view`.
"""
