"""File format of presets: version, limits and member names."""

from __future__ import annotations

FORMAT = 1
"""Increased only when a known member changes its meaning; a new member needs no new format."""
KIND = "runcomfy-desktop preset"
"""Marker near the start of each file, by which even a damaged preset is recognized."""

MAX_BYTES = 64 * 1024 * 1024
MAX_FILES_BYTES = 45 * 1024 * 1024
"""Maximum size of all files in a preset; as Base64 they take a third more."""
MAX_ENTRIES = 20_000
MAX_FILES = 1_000
MAX_NAME_CHARS = 200
MAX_TEXT_CHARS = 20_000

TOP_MEMBERS = ("format", "kind", "name", "note", "deployment", "inputs", "pins", "files", "run")
"""`run` is in the record of a run only; a preset made from a record has none."""
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
"""Written by older versions; ignored when read."""
