"""Checks a draft before it is sent, by ComfyUI's rules and RunComfy's limits.

It also reports values that ComfyUI accepts by mistake. Users see each issue below its input, with a
quick fix where one exists. Start with `draft_checker`.
"""
