"""The network settings at work: proxy, certificates and the connection test.

Users edit these settings on the Network page of the settings dialog. Start with `network`.
"""
