"""Deployments: the list, details, scaling, cached workflows and deletion.

Users see the Deployments dock, and above the tree how old a cached workflow is. Start with
`deployment_controller`.
"""
