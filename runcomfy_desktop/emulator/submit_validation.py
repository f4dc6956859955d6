"""Checks a submitted body as the gateway does, and applies its overrides to the workflow.

All mistakes are collected, so that one response lists them with their locations.

If the documentation leaves a choice, the emulator is strict, so that no mistake of a client goes
unnoticed. An undocumented top-level key is refused, as the vendor's own plugin does before it sends
anything. `overrides` next to `workflow_api_json` are applied to that workflow: a client that sends
both means both, and the only client known to do so got the result it wanted; a switch refuses them.
Another switch ignores overrides that fit nothing, as the first documentation could be understood.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.http_messages import error_detail, validation_error
from runcomfy_desktop.emulator.input_values import check_value
from runcomfy_desktop.emulator.request_media import RequestMedia, is_media_text, read_media
from runcomfy_desktop.emulator.switches import BehaviourSwitches

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject
    from runcomfy_desktop.emulator.node_classes import InputRule, NodeClasses

_FIELDS = {
    "overrides": dict,
    "workflow_api_json": dict,
    "extra_data": dict,
    "webhook": str,
    "webhook_intermediate_status": bool,
}
_TYPE_NAMES = {dict: ("dict", "dict"), str: ("str", "str"), bool: ("boolean", "bool")}


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """Checked body: the workflow to run, and the files that came with it, by name.

    `overrides` are the submitted overrides, for the log. `is_inline` is True if the workflow came
    with the request.
    """

    workflow: JsonObject
    media: dict[str, RequestMedia]
    overrides: JsonObject
    is_inline: bool
    partner_key: str = field(default="", repr=False)
    """Key from `extra_data` for nodes that call paid services."""


@dataclass(slots=True)
class _SubmitIssues:
    """Collects errors and media while a body is checked.

    With the switch `ignores_unknown`, `add_unknown` does nothing.
    """

    switches: BehaviourSwitches
    errors: list[JsonObject] = field(default_factory=list)
    media: dict[str, RequestMedia] = field(default_factory=dict)

    def add(self, loc: list[str], message: str, kind: str) -> None:
        self.errors.append(error_detail(loc, message, kind))

    def add_unknown(self, loc: list[str], message: str, kind: str) -> None:
        if not self.switches.ignores_unknown:
            self.add(loc, message, kind)


def read_submit_request(
    body: Json,
    saved: JsonObject,
    classes: NodeClasses,
    *,
    needs_overrides: bool,
    switches: BehaviourSwitches | None = None,
) -> SubmitRequest:
    """Reads a parsed JSON body. Raises ApiError 422001 with every mistake in `detail`."""
    if not isinstance(body, dict):
        raise validation_error(
            error_detail(["body"], "value is not a valid dict", "type_error.dict")
        )
    _check_fields(body, needs_overrides=needs_overrides)
    inline = body.get("workflow_api_json")
    overrides = body.get("overrides")
    overrides = overrides if isinstance(overrides, dict) else {}
    issues = _SubmitIssues(switches or BehaviourSwitches())
    if inline and overrides and issues.switches.refuses_both:
        issues.add(["body", "overrides"], "not beside workflow_api_json", "value_error.both")
    if isinstance(inline, dict):
        workflow = _check_inline(inline, classes, issues)
    else:
        workflow = copy.deepcopy(saved)
    _apply_overrides(overrides, workflow, classes, issues)
    if issues.errors:
        raise validation_error(*issues.errors)
    key = _partner_key(body.get("extra_data"))
    return SubmitRequest(workflow, issues.media, overrides, isinstance(inline, dict), key)


def _partner_key(extra_data: Json) -> str:
    key = extra_data.get("api_key_comfy_org") if isinstance(extra_data, dict) else None
    return key if isinstance(key, str) else ""


def _check_fields(body: JsonObject, *, needs_overrides: bool) -> None:
    errors = [
        error_detail(["body", name], "extra fields not permitted", "value_error.extra")
        for name in body
        if name not in _FIELDS
    ]
    for name, expected_type in _FIELDS.items():
        value = body.get(name)
        if value is not None and not isinstance(value, expected_type):
            type_name, kind = _TYPE_NAMES[expected_type]
            errors.append(
                error_detail(
                    ["body", name], f"value is not a valid {type_name}", f"type_error.{kind}"
                )
            )
    if needs_overrides and body.get("overrides") is None and body.get("workflow_api_json") is None:
        errors.append(error_detail(["body", "overrides"], "field required", "value_error.missing"))
    if errors:
        raise validation_error(*errors)


def _check_inline(workflow: JsonObject, classes: NodeClasses, issues: _SubmitIssues) -> JsonObject:
    """Returns an inline workflow with its media replaced by file names.

    Only its structure is checked here; the rest is checked when it runs.
    """
    for node_id, node in workflow.items():
        loc = ["body", "workflow_api_json", node_id]
        if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
            issues.add(loc, "not a node with a class_type", "value_error.node")
            continue
        inputs = node.setdefault("inputs", {})
        if not isinstance(inputs, dict):
            issues.add([*loc, "inputs"], "value is not a valid dict", "type_error.dict")
            continue
        for name, rule in classes.rules(str(node["class_type"]), inputs).items():
            if rule.is_media and isinstance(inputs.get(name), str):
                inputs[name] = _take_media(inputs[name], [*loc, "inputs", name], issues)
    return workflow


def _apply_overrides(
    overrides: JsonObject, workflow: JsonObject, classes: NodeClasses, issues: _SubmitIssues
) -> None:
    for node_id, change in overrides.items():
        loc = ["body", "overrides", node_id]
        node = workflow.get(node_id)
        if not isinstance(change, dict):
            issues.add(loc, "value is not a valid dict", "type_error.dict")
        elif "inputs" not in change:
            issues.add([*loc, "inputs"], "field required", "value_error.missing")
        elif not isinstance(change["inputs"], dict):
            issues.add([*loc, "inputs"], "value is not a valid dict", "type_error.dict")
        elif not isinstance(node, dict):
            issues.add_unknown(loc, f"the workflow has no node '{node_id}'", "value_error.node_id")
        elif len(change) > 1:
            extra = next(key for key in change if key != "inputs")
            issues.add([*loc, extra], "extra fields not permitted", "value_error.extra")
        else:
            _apply_inputs(change["inputs"], node, classes, [*loc, "inputs"], issues)
            _check_links(change["inputs"], workflow, [*loc, "inputs"], issues)


def _apply_inputs(
    changes: JsonObject,
    node: JsonObject,
    classes: NodeClasses,
    loc: list[str],
    issues: _SubmitIssues,
) -> None:
    inputs = node.setdefault("inputs", {})
    assert isinstance(inputs, dict)
    # Saved choices decide which inputs exist: overrides only change values of existing inputs.
    rules = classes.rules(str(node.get("class_type")), inputs)
    for name, value in changes.items():
        rule = rules.get(name)
        if rule is None and name not in inputs:
            message = f"{node.get('class_type')} has no input '{name}'"
            issues.add_unknown([*loc, name], message, "value_error.input_name")
        else:
            inputs[name] = _checked_value(value, rule, [*loc, name], issues)


def _checked_value(
    value: Json, rule: InputRule | None, loc: list[str], issues: _SubmitIssues
) -> Json:
    # Any list is treated as a link; links are checked afterwards, all together.
    if rule is None or isinstance(value, list):
        return value
    if rule.is_media and isinstance(value, str) and is_media_text(value):
        return _take_media(value, loc, issues)
    error = check_value(value, rule)
    if error is not None:
        issues.add_unknown(loc, *error)
    return value


def _take_media(value: Json, loc: list[str], issues: _SubmitIssues) -> Json:
    if not isinstance(value, str) or not is_media_text(value):
        return value
    try:
        media = read_media(value)
    except ValueError as error:
        issues.add_unknown(loc, str(error), "value_error.media")
        return value
    limit = issues.switches.max_media_bytes
    if limit and len(media.data or b"") > limit:
        issues.add(loc, f"the file is larger than {limit} bytes", "value_error.media.size")
    issues.media[media.name] = media
    return media.name


def _check_links(
    changes: JsonObject, workflow: JsonObject, loc: list[str], issues: _SubmitIssues
) -> None:
    for name, value in changes.items():
        if isinstance(value, list) and not _is_link(value):
            issues.add_unknown([*loc, name], "a list is taken as a link", "value_error.link")
        elif isinstance(value, list) and str(value[0]) not in workflow:
            message = f"link to node '{value[0]}', which the workflow does not have"
            issues.add_unknown([*loc, name], message, "value_error.link")


def _is_link(value: Json) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    )
