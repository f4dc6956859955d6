"""Conversion of the editor's workflow format to the one that is run.

Users see files of either format open alike. Follows the export of ComfyUI's frontend. Start with
`convert`.
"""
