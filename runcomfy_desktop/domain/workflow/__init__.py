"""ComfyUI workflows in the API format: reading them, following links, laying out the graph.

Users see the nodes in the tree of inputs and in the Workflow graph dock. Start with `workflow`.
"""
