"""Deployments: the list, details, scaling, cached workflows and deletion.

Users see the Deployments dock, and above the tree the age of a cached workflow. Start with
`deployment_controller`.
"""
