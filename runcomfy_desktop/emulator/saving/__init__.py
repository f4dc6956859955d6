"""Output nodes: the files and texts that a run leaves, and how each is written.

Users see the demo save as ComfyUI does. Start with `output_folder`.
"""
