"""Converts presets, request bodies, cURL commands and records of runs into presets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import object_or_empty, string_or_empty
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import SeedMode, Value, changes_from_json
from runcomfy_desktop.domain.drafts.overrides import override_values
from runcomfy_desktop.domain.media.signed_urls import strip_signatures
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.curl import is_curl, read_curl
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.reader import (
    DamagedPreset,
    is_preset,
    parse_preset_json,
    preset_from_json,
)
from runcomfy_desktop.domain.presets.run_record import RUN_KIND, storable_value
from runcomfy_desktop.domain.workflow.workflow import (
    SEED_NAMES,
    InputKey,
    Workflow,
    find_graph,
    link_of,
    workflow_from_json,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

MAX_PRESETS = 1_000
_GRAPHS = ("workflow_api_json", "workflow", "prompt")


def import_presets(data: bytes, name: str = "") -> tuple[Preset, ...]:
    """Returns the presets in `data`, at least one; `name` is for presets without a name.

    Accepts a preset or a list of them; a body `{"overrides": …}`, with or without a workflow; the
    value of "overrides" alone; a cURL command that sends one of these; the record of a run. Raises
    Problem for anything else.
    """
    beginning = data[:400].decode("utf-8-sig", "replace")
    if len(data) <= file_format.MAX_BYTES and is_curl(beginning):
        command = read_curl(data.decode("utf-8-sig", "replace"))
        presets = _from_json(_parse_body(command.body), name or _("From a cURL command"))
        return tuple(
            replace(each, deployment_id=each.deployment_id or command.deployment_id)
            for each in presets
        )
    return _from_json(parse_preset_json(data), name or _("Imported"))


def _parse_body(text: str) -> Json:
    for spelling in (text, text.replace('\\"', '"')):
        try:
            return parse_preset_json(spelling.encode("utf-8", "surrogatepass"))
        except DamagedPreset as damage:
            problem = damage
    raise Problem(
        _("The body of this cURL command is not JSON."),
        problem.detail,
        _("Copy the whole command, quotes included."),
        technical=problem.technical,
    )


def _from_json(value: Json, name: str) -> tuple[Preset, ...]:
    if isinstance(value, list) and value and all(map(is_preset, value)):
        if len(value) > MAX_PRESETS:
            text = _("There are %d presets in it; at most %d are imported at once.")
            raise Problem(text % (len(value), MAX_PRESETS))
        return tuple(_named(preset_from_json(each), name) for each in value)
    if is_preset(value):
        return (_named(preset_from_json(value), name),)
    if isinstance(value, dict):
        found = _from_run(value, name) or _from_body(value, name)
        if found is not None:
            return (found,)
    raise _not_importable(value)


def _named(preset: Preset, name: str) -> Preset:
    return preset if preset.name.strip() else replace(preset, name=name)


def _from_body(value: JsonObject, name: str) -> Preset | None:
    """Returns a preset from overrides in a request's body, in a deployment's payload, or alone.

    Returns None if there are no overrides.
    """
    inner = object_or_empty(value.get("payload"))
    members = inner if "overrides" in inner else value
    overrides = members.get("overrides", members)
    if not isinstance(overrides, dict) or not _are_overrides(overrides):
        return None
    workflow = _workflow_in(members)
    # A link is not a value.
    entries = tuple(
        _entry(key, strip_signatures(each), workflow)
        for key, each in override_values(overrides)
        if link_of(each) is None
    )
    return Preset(name, entries, deployment_id=_text(value, "deployment_id"))


def _are_overrides(value: JsonObject) -> bool:
    """Returns True if `value` has the form of overrides.

    A workflow does not have that form, since its nodes also have classes.
    """
    return bool(value) and all(
        isinstance(entry, dict)
        and isinstance(entry.get("inputs"), dict)
        and not isinstance(entry.get("class_type"), str)
        for entry in value.values()
    )


def _workflow_in(members: JsonObject) -> Workflow:
    for name in _GRAPHS:
        if find_graph(members.get(name)) is not None:
            return workflow_from_json(members[name])
    return Workflow({})


def _from_run(value: JsonObject, name: str) -> Preset | None:
    """Returns a preset with the values of a run, from its record or its row in the history.

    Returns None for other JSON.
    """
    changes = value.get("changes")
    is_ours = value.get("kind") == RUN_KIND or "job_id" in value or "deployment_id" in value
    if not isinstance(changes, dict) or not is_ours:
        return None
    workflow = _workflow_in(value)
    entries = tuple(
        _entry(key, storable[0], workflow)
        for key, input_value in changes_from_json(changes).items()
        if (storable := storable_value(input_value)) is not None
    )
    return Preset(
        _text(value, "title") or name,
        entries,
        deployment_id=_text(value, "deployment_id"),
        deployment_name=_text(value, "deployment_name"),
        workflow_version=_text(value, "workflow_version"),
    )


def _entry(key: InputKey, value: Value, workflow: Workflow) -> PresetEntry:
    node = workflow.node(key.node_id)
    mode = SeedMode.KEEP if key.name in SEED_NAMES else None
    return PresetEntry(key, node.class_type, node.title, value, seed_mode=mode)


def _not_importable(value: Json) -> Problem:
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
    text = string_or_empty(members.get(name))
    return text if len(text) <= file_format.MAX_TEXT_CHARS else ""
