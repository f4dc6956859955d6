"""Rules about keys: the shape of an API key, and nodes that need a Comfy.org key.

Users see a key refused before it is sent anywhere. Start with `api_key`.
"""
