"""Contents of single rows of the tree: their data, texts, layout and painting.

The tree and its editors use them. Start with `input_row`.
"""
