"""Writes films, sounds, meshes and latents that any program reads; needs no codec's library."""
