"""The account's deployments: listed, cached, checked and opened.

Users see them in the Deployments dock, and get a notice when a workflow has changed. Start with
`deployment_catalogue`.
"""
