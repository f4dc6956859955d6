"""Downloads of a job's output files: fetched, checked, retried and given their final names.

Users see the files in the output folder and in the Output dock. Start with `fetcher`.
"""
