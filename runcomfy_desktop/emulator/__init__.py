"""Stand-in for RunComfy on loopback, for the demo and for tests.

Users see it as the demo. Real HTTP, invented machines; nothing of the client is imported. Start
with `server`.
"""
