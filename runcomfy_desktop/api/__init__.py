"""Client for RunComfy's REST API.

Users see its errors in plain sentences and nothing else of it. It is the only package that speaks
HTTP to the service. Start with `client`.
"""
