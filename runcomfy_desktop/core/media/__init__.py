"""Files for inputs: copied by content, checked before a run, found again and cleaned up.

Users see pictures, sounds and films stay usable when the originals are moved or deleted. Start with
`media_store`.
"""
