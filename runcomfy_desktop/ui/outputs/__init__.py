"""The output viewer."""
