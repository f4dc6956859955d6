"""The lists of the left dock."""
