"""Emulator of RunComfy on this computer, for the demo service and the tests.

It speaks real HTTP, invents its machines and imports nothing of the client. Users see it as the
demo service. Start with `routes`.
"""
