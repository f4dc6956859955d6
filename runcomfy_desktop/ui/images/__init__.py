"""Images read within bounded memory, decoded off the GUI thread, and cached as thumbnails.

Users see pictures and thumbnails appear without a stall. Start with `safe_image_reader`.
"""
