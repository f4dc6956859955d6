"""The form of a preset's file: its version, its limits, and what its members are called."""

from __future__ import annotations

FORMAT = 1
"""Grows only when a known member changes its meaning; a new member needs no new format."""
KIND = "runcomfy-desktop preset"
"""Stands near the beginning of each, so that a damaged one is still known for what it was."""

MAX_BYTES = 64 * 1024 * 1024
MAX_FILES_BYTES = 45 * 1024 * 1024
"""What a preset may bring with it in all; as Base64 it takes a third more."""
MAX_ENTRIES = 20_000
MAX_FILES = 1_000
MAX_NAME_CHARS = 200
MAX_TEXT_CHARS = 20_000

TOP_MEMBERS = ("format", "kind", "name", "note", "deployment", "inputs", "pins", "files", "run")
"""`run` is in what is kept of a run only; a preset that is made of it has none."""
DEPLOYMENT_MEMBERS = ("id", "name", "workflow_version")
ENTRY_MEMBERS = (
    "node",
    "class",
    "title",
    "place",
    "input",
    "value",
    "media",
    "seed_mode",
    "expand",
)
MEDIA_MEMBERS = (
    "name",
    "sha256",
    "mime",
    "size_bytes",
    "width",
    "height",
    "length_s",
    "path",
)
OLD_MEDIA_MEMBERS = ("send_large",)
"""Written by older versions; it is read without effect."""
