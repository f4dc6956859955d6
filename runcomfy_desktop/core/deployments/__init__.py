"""The account's deployments: listed, cached, opened, changed and deleted.

Users see the list on the left, the workflow that opens, and notices about workflows that changed.
Start with `deployment_catalogue`.
"""
