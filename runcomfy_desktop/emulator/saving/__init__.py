"""Output nodes: which files and texts a run produces, and how each is written.

The demo service saves results the way ComfyUI does. Start with `output_nodes`.
"""
