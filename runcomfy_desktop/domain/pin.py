"""Pins: the inputs that matter of a large workflow, shown first as a small form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import JsonObject
    from runcomfy_desktop.domain.workflow import InputKey


@dataclass(frozen=True, slots=True)
class Pin:
    """One pinned input: where it is (node id, class and title, to find it again when ids change),
    what the person calls it and says of it ("" for nothing), and limits narrower than the node's
    (None for the node's own).

    `extra` are members of its JSON that this program does not know; they are kept.
    """

    key: InputKey
    class_type: str = ""
    title: str = ""
    label: str = ""
    hint: str = ""
    minimum: int | float | None = None
    maximum: int | float | None = None
    extra: JsonObject = field(default_factory=dict, hash=False)
