"""Deployments, their machines, prices and workflow changes.

Users see them in the list, the details and the cost of a run. Start with `deployment`.
"""
