"""The node and input tree of a workflow, and its editors."""
