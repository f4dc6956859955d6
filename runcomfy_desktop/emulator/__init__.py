"""Emulator of RunComfy on this computer, for the demo service and the tests.

It speaks real HTTP, simulates its instances and imports nothing from the client. Users see it as
the demo service. Start with `routes`.
"""
