"""`--tour`: drives the real widgets through the main job and takes a picture of each step.

The pictures in the README come from it. Start with `driver`.
"""
