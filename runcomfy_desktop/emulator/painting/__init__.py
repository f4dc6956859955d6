"""Draws scenes from prompts, repaints pictures, and makes the example pictures for the demo.

Users see these pictures as results of the demo service. Start with `scene`.
"""
