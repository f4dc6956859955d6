"""Helpers without widgets: formatting, chunked work, background tasks and session services.

The formatters make numbers, durations and sums look alike everywhere. Start with
`session_services`.
"""
