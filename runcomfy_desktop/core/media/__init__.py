"""Files for inputs: copied by content, checked and shrunk before a run, found again, cleaned up.

Users can move or delete the original pictures, sounds and videos: drafts and jobs keep working.
Start with `media_store`.
"""
