"""Presets: what differs from a deployed workflow, kept as small readable files."""
