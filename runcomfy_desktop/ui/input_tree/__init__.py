"""The tree of nodes and inputs: model, layout, painting, filter and keyboard.

Users see the workflow as rows that they edit in place. Start with `view`.
"""
