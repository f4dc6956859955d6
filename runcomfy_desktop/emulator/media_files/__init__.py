"""Writers for videos, sounds, meshes and latents that any program can read. They need no codecs.

Users can play the results of the demo service. Start with `mp4`.
"""
