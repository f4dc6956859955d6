"""The network as the settings describe it: proxy, certificates and the connection test.

Users see it on the Network page of the settings. Start with `network`.
"""
