"""Reads the emulator's own `object_info`: which inputs a class has, and which values they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.wire import Json, JsonObject

_UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload")
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
_WIDGETS = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "COLOR", DYNAMIC_COMBO})


@dataclass(frozen=True, slots=True)
class InputRule:
    """One input of a class; `kind` is the type's name, COMBO for both styles of choices."""

    kind: str
    required: bool
    choices: tuple[Json, ...]
    options: JsonObject

    @property
    def is_media(self) -> bool:
        return any(self.options.get(flag) is True for flag in _UPLOADS)

    @property
    def is_link(self) -> bool:
        if self.options.get("socketless") is True:
            return False
        return self.kind not in _WIDGETS or self.options.get("forceInput") is True


class NodeClasses:
    """All classes of one container."""

    def __init__(self, object_info: JsonObject) -> None:
        self.object_info = object_info

    def __contains__(self, class_type: object) -> bool:
        return isinstance(class_type, str) and class_type in self.object_info

    def is_output(self, class_type: str) -> bool:
        raw = self.object_info.get(class_type)
        return isinstance(raw, dict) and raw.get("output_node") is True

    def outputs(self, class_type: str) -> list[Json]:
        """The types of the output slots."""
        raw = self.object_info.get(class_type)
        slots = raw.get("output") if isinstance(raw, dict) else None
        return slots if isinstance(slots, list) else []

    def rules(self, class_type: str) -> dict[str, InputRule]:
        """The class's inputs by name, without hidden ones; empty for an unknown class."""
        raw = self.object_info.get(class_type)
        groups = raw.get("input") if isinstance(raw, dict) else None
        rules: dict[str, InputRule] = {}
        for group in ("required", "optional"):
            inputs = groups.get(group) if isinstance(groups, dict) else None
            if isinstance(inputs, dict):
                for name, entry in inputs.items():
                    if isinstance(entry, list) and entry:
                        rules[name] = _rule(entry, required=group == "required")
        return rules


def _rule(entry: list[Json], *, required: bool) -> InputRule:
    kind = entry[0]
    options = entry[1] if len(entry) > 1 and isinstance(entry[1], dict) else {}
    if isinstance(kind, list):
        return InputRule("COMBO", required, tuple(kind), options)
    choices = options.get("options")
    choices = choices if isinstance(choices, list) else []
    if kind == DYNAMIC_COMBO:
        choices = [each["key"] for each in choices if isinstance(each, dict)]
    # A socket of several types may have a widget besides.
    kind = options.get("widgetType") or kind
    return InputRule(str(kind), required, tuple(choices), options)
