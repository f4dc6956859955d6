"""Writers of films, sounds, meshes and latents that any program can read, without codecs.

Users see the demo's results play. Start with `mp4`.
"""
