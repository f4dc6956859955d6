"""Converts workflows from the format of ComfyUI's editor to the API format, which can be run.

The conversion follows the export of ComfyUI's frontend. Users can open files of either format.
Start with `convert`.
"""
