"""Validation of a draft before it is sent, by ComfyUI's rules and RunComfy's limits.

Users see issues below inputs, each with a quick fix where there is one. Also reports what ComfyUI
accepts by mistake. Start with `draft_checker`.
"""
