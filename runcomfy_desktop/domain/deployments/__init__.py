"""Deployments, with their machines, prices and workflow changes.

Users see them in the Deployments dock, in the details dialog and in the cost of a run. Start with
`deployment`.
"""
