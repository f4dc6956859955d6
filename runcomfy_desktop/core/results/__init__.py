"""Output files: downloaded, checked, given their final names and described by run records.

Users see the files in the output folder and in the Output dock. Start with `output_downloader`.
"""
