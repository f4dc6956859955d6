"""ComfyUI workflows: parsed, their graph followed and laid out.

Users see the nodes, links and the graph. Start with `workflow`.
"""
