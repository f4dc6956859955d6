"""Presets: only what differs from a deployed workflow, as small readable files.

Users see the preview that tells, input by input, what a preset would change. Start with `preset`.
"""
