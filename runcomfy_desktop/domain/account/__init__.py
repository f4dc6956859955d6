"""API keys and partner nodes: the format of a key, and the nodes that need a Comfy.org key.

Users see a malformed key refused before anything is sent. Start with `api_key`.
"""
