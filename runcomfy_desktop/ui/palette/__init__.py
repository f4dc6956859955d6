"""The palette: one box from which everything in the window can be reached by a few letters."""
