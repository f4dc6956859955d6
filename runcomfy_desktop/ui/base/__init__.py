"""Helpers without widgets: formatting, chunked work, background tasks and session services.

Thanks to them, numbers, durations and sums look the same everywhere. Start with `session_services`.
"""
