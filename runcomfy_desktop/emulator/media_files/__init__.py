"""Writers for videos, sounds, meshes and latents that need no codecs and that any program can read.

With them, users can play the results of the demo service. Start with `mp4`.
"""
