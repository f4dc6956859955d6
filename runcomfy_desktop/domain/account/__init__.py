"""API keys and partner nodes: what a key looks like, and which nodes need a Comfy.org key.

Users see a malformed key refused before anything is sent. Start with `api_key`.
"""
