"""Draws scenes from prompts, repaints pictures, and makes the example pictures of the demo.

Users see these pictures as results of the demo service. Start with `scene`.
"""
