"""What ComfyUI would answer to a node, foretold from its `object_info`.

Follows the rules of ComfyUI's own check of a prompt, and says besides what it takes by mistake.
"""
