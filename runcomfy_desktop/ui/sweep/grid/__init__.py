"""The window of one grid."""
