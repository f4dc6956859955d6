"""Deployments: the list, details, scaling, cached workflows and deletion.

Users see the Deployments dock, and how old a workflow is while it cannot be read. Start with
`deployment_controller`.
"""
