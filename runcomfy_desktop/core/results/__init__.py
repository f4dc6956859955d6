"""Downloads of the files that a job made, up to their final names.

Users see results appear in the output folder and in the viewer. Start with `fetcher`.
"""
