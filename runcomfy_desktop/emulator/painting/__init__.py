"""Drawing: scenes from prompts, repaints of pictures, and the pictures of the container.

Users see them as the demo's results. Start with `scene`.
"""
