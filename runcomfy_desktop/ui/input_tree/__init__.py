"""The tree of nodes and inputs: its model, layout, painting, filter and keyboard.

Users see the workflow as rows and edit the values in place. Start with `view`.
"""
