"""The dock of the drafts: several side by side, of one deployment or file or of many."""
