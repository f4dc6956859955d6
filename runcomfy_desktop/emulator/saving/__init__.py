"""Output nodes: the files and texts that a run produces, and the code that writes them.

The demo service saves results in the same way as ComfyUI. Start with `output_nodes`.
"""
