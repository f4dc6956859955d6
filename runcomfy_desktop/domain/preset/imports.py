"""Makes presets of what people have at hand: presets, bodies of requests, cURL commands, and what
is kept of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import SeedMode, Value, changes_from_json
from runcomfy_desktop.domain.preset import form
from runcomfy_desktop.domain.preset.curl import is_curl, read_curl
from runcomfy_desktop.domain.preset.preset import Entry, Preset
from runcomfy_desktop.domain.preset.reading import Broken, is_preset, parsed, preset_from_json
from runcomfy_desktop.domain.preset.runs import RUN_KIND, as_kept
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.signed import unsigned
from runcomfy_desktop.domain.workflow import (
    InputKey,
    Workflow,
    find_graph,
    link_of,
    workflow_from_json,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.json_value import Json, JsonObject

MOST_AT_ONCE = 1_000
_GRAPHS = ("workflow_api_json", "workflow", "prompt")


def read_any(data: bytes, name: str = "") -> tuple[Preset, ...]:
    """The presets in what somebody brings, at least one; `name` is for those that have none.

    A preset or a list of them; a body `{"overrides": …}`, with the workflow beside it or without,
    or what stands behind "overrides" alone; a cURL command that sends one; what is kept of a run.
    Raises Problem.
    """
    if len(data) <= form.MAX_BYTES and is_curl(_beginning(data)):
        command = read_curl(data.decode("utf-8-sig", "replace"))
        body = _body_of(command.body)
        presets = _from_json(body, name or _("From a cURL command"))
        return tuple(
            replace(each, deployment_id=each.deployment_id or command.deployment_id)
            for each in presets
        )
    return _from_json(parsed(data), name or _("Imported"))


def _beginning(data: bytes) -> str:
    return data[:400].decode("utf-8-sig", "replace")


def _body_of(text: str) -> Json:
    for spelling in (text, text.replace('\\"', '"')):
        try:
            return parsed(spelling.encode("utf-8", "surrogatepass"))
        except Broken as damage:
            problem = damage
    raise Problem(
        _("The body of this cURL command is not JSON."),
        problem.detail,
        _("Copy the whole command, quotes included."),
        technical=problem.technical,
    )


def _from_json(value: Json, name: str) -> tuple[Preset, ...]:
    if isinstance(value, list) and value and all(map(is_preset, value)):
        if len(value) > MOST_AT_ONCE:
            raise Problem(
                _("There are %d presets in it; at most %d are imported at once.")
                % (len(value), MOST_AT_ONCE)
            )
        return tuple(_named(preset_from_json(each), name) for each in value)
    if is_preset(value):
        return (_named(preset_from_json(value), name),)
    if isinstance(value, dict):
        found = _of_a_run(value, name) or _of_a_body(value, name)
        if found is not None:
            return (found,)
    raise _nothing(value)


def _named(preset: Preset, name: str) -> Preset:
    return preset if preset.name.strip() else replace(preset, name=name)


def _of_a_body(value: JsonObject, name: str) -> Preset | None:
    """The overrides in a request's body, in a deployment's payload, or alone."""
    inner = value.get("payload")
    members = inner if isinstance(inner, dict) and "overrides" in inner else value
    overrides = members.get("overrides", members)
    if not isinstance(overrides, dict) or not _are_overrides(overrides):
        return None
    workflow = _workflow_beside(members)
    entries = []
    for node_id, entry in overrides.items():
        inputs = entry.get("inputs") if isinstance(entry, dict) else None
        for input_name, said in inputs.items() if isinstance(inputs, dict) else ():
            # A wire that somebody laid is no value.
            if link_of(said) is None:
                entries.append(_entry(InputKey(node_id, input_name), unsigned(said), workflow))
    return Preset(name, tuple(entries), deployment_id=_text(value, "deployment_id"))


def _are_overrides(value: JsonObject) -> bool:
    """Whether it has the form of overrides, and is no workflow, which has classes."""
    return bool(value) and all(
        isinstance(entry, dict)
        and isinstance(entry.get("inputs"), dict)
        and not isinstance(entry.get("class_type"), str)
        for entry in value.values()
    )


def _workflow_beside(members: JsonObject) -> Workflow:
    for name in _GRAPHS:
        if find_graph(members.get(name)) is not None:
            return workflow_from_json(members[name])
    return Workflow({})


def _of_a_run(value: JsonObject, name: str) -> Preset | None:
    """The values that a run was sent with, as a row of the history has them."""
    changes = value.get("changes")
    is_ours = value.get("kind") == RUN_KIND or "job_id" in value or "deployment_id" in value
    if not isinstance(changes, dict) or not is_ours:
        return None
    workflow = _workflow_beside(value)
    entries = []
    for key, said in changes_from_json(changes).items():
        kept = as_kept(said)
        if kept is not None:
            entries.append(_entry(key, kept[0], workflow))
    return Preset(
        _text(value, "title") or name,
        tuple(entries),
        deployment_id=_text(value, "deployment_id"),
        deployment_name=_text(value, "deployment_name"),
        workflow_version=_text(value, "workflow_version"),
    )


def _entry(key: InputKey, value: Value, workflow: Workflow) -> Entry:
    node = workflow.nodes.get(key.node_id)
    is_seed = key.name in ("seed", "noise_seed")
    return Entry(
        key,
        "" if node is None else node.class_type,
        "" if node is None else node.title,
        value,
        seed_mode=SeedMode.KEEP if is_seed else None,
    )


def _nothing(value: Json) -> Problem:
    if find_graph(value) is not None:
        return Problem(
            _("This is a workflow, not a preset."),
            _("A preset says only what is changed in one."),
            _("Open it as a workflow file."),
        )
    return Problem(
        _("Nothing in this can be made a preset."),
        _("It is JSON, but no preset, no “overrides”, and nothing that is kept of a run."),
        _("Choose a preset, the body of a request, or a cURL command."),
    )


def _text(members: Mapping[str, Json], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) and len(value) <= form.MAX_TEXT else ""
