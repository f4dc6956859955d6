"""Draws: scenes from words, repaints of pictures, and the pictures in the demo's container."""
