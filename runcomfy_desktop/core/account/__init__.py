"""The API key, the Comfy.org key and the balance.

Users see the connect dialog, the key's state in the status bar and the wallet's balance. Start with
`account`.
"""
