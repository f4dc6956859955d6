"""`--tour`: drives the real widgets through the main job and takes a picture of each step.

`make tour` and, where there is no display, `make demo` run it. Start with `steps`.
"""
