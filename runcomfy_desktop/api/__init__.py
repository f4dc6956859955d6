"""HTTP clients for RunComfy's REST API, for downloads and for the check for updates.

This is the only package that uses httpx. It finds the way through proxies, decides which
certificates to trust, and turns every failure into a `Problem`. Users see only those problems, in
plain sentences. Start with `client`.
"""
