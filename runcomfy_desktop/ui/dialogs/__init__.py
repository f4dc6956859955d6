"""Dialogs; all open with open(), never exec()."""
