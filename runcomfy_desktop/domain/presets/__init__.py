"""Presets: what differs from a deployed workflow, stored as small, readable files.

Users see a preview that shows, input by input, what a preset would change. Start with `preset`.
"""
