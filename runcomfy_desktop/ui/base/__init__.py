"""Helpers that draw nothing: formatting, chunked work, background tasks and session services.

Users see numbers, durations and sums written alike everywhere. Start with `session_services`.
"""
