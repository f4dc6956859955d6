"""Images: read within bounded memory, decoded in worker threads and cached as thumbnails.

The window stays responsive while pictures load. Start with `safe_image_reader`.
"""
