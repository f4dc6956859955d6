"""Reads the emulator's own `object_info`: the inputs of each class and the values they accept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.emulator.http_messages import Json, JsonObject

_UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload")
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
AUTOGROW = "COMFY_AUTOGROW_V3"
_WIDGETS = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "COLOR", DYNAMIC_COMBO})


@dataclass(frozen=True, slots=True)
class InputRule:
    """One input of a class; `kind` is its type's name, or COMBO for either notation of choices."""

    kind: str
    is_required: bool
    choices: tuple[Json, ...]
    options: JsonObject
    type: Json = ""
    """Type as written in `object_info`; the type of a link is compared with it."""

    @property
    def is_media(self) -> bool:
        return any(self.options.get(flag) is True for flag in _UPLOADS)

    @property
    def is_link(self) -> bool:
        if self.options.get("socketless") is True:
            return False
        return self.kind not in _WIDGETS or self.options.get("forceInput") is True


class NodeClasses:
    """All node classes of one container."""

    def __init__(self, object_info: JsonObject) -> None:
        self.object_info = object_info

    def __contains__(self, class_type: object) -> bool:
        return isinstance(class_type, str) and class_type in self.object_info

    def is_output(self, class_type: str) -> bool:
        raw = self.object_info.get(class_type)
        return isinstance(raw, dict) and raw.get("output_node") is True

    def outputs(self, class_type: str) -> list[Json]:
        """Returns the types of the output slots."""
        raw = self.object_info.get(class_type)
        slots = raw.get("output") if isinstance(raw, dict) else None
        return slots if isinstance(slots, list) else []

    def rules(
        self, class_type: str, inputs: Mapping[str, Json] | None = None
    ) -> dict[str, InputRule]:
        """Returns the class's inputs by name, without hidden ones; empty for an unknown class.

        `inputs` are a node's values, because the value of a dynamic input decides which other
        inputs exist.
        """
        raw = self.object_info.get(class_type)
        groups = raw.get("input") if isinstance(raw, dict) else None
        rules: dict[str, InputRule] = {}
        if isinstance(groups, dict):
            _expand_groups(groups, "", inputs or {}, rules)
        return rules


def _expand_groups(
    groups: JsonObject, prefix: str, inputs: Mapping[str, Json], rules: dict[str, InputRule]
) -> None:
    for group in ("required", "optional"):
        entries = groups.get(group)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if not isinstance(entry, list) or not entry:
                continue
            full, rule = f"{prefix}{name}", _rule(entry, required=group == "required")
            if rule.kind == AUTOGROW:
                _expand_autogrow(rule.options, full, rules)
                continue
            rules[full] = rule
            if rule.kind == DYNAMIC_COMBO:
                _expand_groups(_option(rule.options, inputs.get(full)), f"{full}.", inputs, rules)


def _option(options: JsonObject, chosen: Json) -> JsonObject:
    """Returns the inputs added by the choice `chosen`; none if there is no such choice."""
    listed = options.get("options")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("key") == chosen:
            inner = each.get("inputs")
            return inner if isinstance(inner, dict) else {}
    return {}


def _expand_autogrow(options: JsonObject, full: str, rules: dict[str, InputRule]) -> None:
    """Adds all inputs that an autogrow template allows."""
    template = options.get("template")
    template = template if isinstance(template, dict) else {}
    groups = template.get("input")
    for group in ("required", "optional"):
        entries = groups.get(group) if isinstance(groups, dict) else None
        for entry in entries.values() if isinstance(entries, dict) else ():
            if isinstance(entry, list) and entry:
                for at, name in enumerate(_autogrow_names(template)):
                    minimum = template.get("min")
                    is_required = group == "required" and isinstance(minimum, int) and at < minimum
                    rules[f"{full}.{name}"] = _rule(entry, required=is_required)
                return


def _autogrow_names(template: JsonObject) -> list[str]:
    names, prefix, maximum = (template.get(each) for each in ("names", "prefix", "max"))
    if isinstance(names, list):
        return [str(name) for name in names]
    return [f"{prefix}{at}" for at in range(maximum if isinstance(maximum, int) else 0)]


def _rule(entry: list[Json], *, required: bool) -> InputRule:
    kind = entry[0]
    options = entry[1] if len(entry) > 1 and isinstance(entry[1], dict) else {}
    if isinstance(kind, list):
        return InputRule("COMBO", required, tuple(kind), options, kind)
    choices = options.get("options")
    choices = choices if isinstance(choices, list) else []
    if kind == DYNAMIC_COMBO:
        choices = [each["key"] for each in choices if isinstance(each, dict) and "key" in each]
    # A socket that accepts several types may also have a widget.
    widget = options.get("widgetType") or kind
    return InputRule(str(widget), required, tuple(choices), options, kind)
