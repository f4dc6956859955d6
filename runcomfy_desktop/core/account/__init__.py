"""The API key, the Comfy.org key and the balance.

Users enter the keys in the connect dialog and in the settings. The status bar shows whether the API
key works, and the balance. Start with `account`.
"""
