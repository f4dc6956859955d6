"""Record of a run, stored next to its results: a preset of its inputs, and the identity of the run.

It is read like a preset, so it contains nothing that a preset may not contain. Values that had to
be left out are listed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_finite
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.media.local_path import local_path
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.signed_urls import strip_signatures
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.capture import preset_of
from runcomfy_desktop.domain.presets.media_members import SHA256
from runcomfy_desktop.domain.presets.preset import natural_key
from runcomfy_desktop.domain.presets.writer import encode_json, preset_to_json
from runcomfy_desktop.domain.workflow.workflow import link_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow

RUN_KIND = "runcomfy-desktop run"
"""Value of the member `kind` in a run record."""

# A file embedded in an input: as a data URL, or as bare Base64.
_EMBEDDED_DATA = re.compile(r";base64,|(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{4096}", re.IGNORECASE)
# The year 5138, beyond any correct clock.
_LATEST_S = 1e11


def write_run_record(job: Job, workflow: Workflow) -> bytes:
    """Returns the bytes of a run's record; the same run gives the same bytes.

    `workflow` provides the classes and titles of nodes; it is empty if they are unknown. Raises
    Problem like `write_preset`.
    """
    values: dict[InputKey, Value] = {}
    left_out: list[Json] = []
    for key in sorted(job.changes, key=natural_key):
        storable = storable_value(job.changes[key])
        if storable is None or _has_data(storable[0]):
            left_out.append({"node": key.node_id, "input": key.name})
        else:
            values[key] = storable[0]
    source = DraftSource(job.deployment_name, workflow_version=job.workflow_version)
    draft = Draft(workflow, source, job.deployment_id, values)
    members = preset_to_json(preset_of(draft, job.title[: file_format.MAX_NAME_CHARS]))
    members["kind"] = RUN_KIND
    members["run"] = _run_members(job, left_out)
    return encode_json(members)


def is_record_of(members: JsonObject, job: Job) -> bool:
    """Returns True if `members` are the record of `job` by `write_run_record`."""
    run = members.get("run")
    if members.get("kind") != RUN_KIND or not isinstance(run, dict):
        return False
    return run.get("request_id") == job.request_id


def storable_value(value: Value) -> tuple[Value] | None:
    """Returns a run's input value in the form to store, as a tuple of one item.

    Returns None for values that cannot be restored: a link, which is not a value, and data that was
    too large for a job's row, of which only a hash is kept.
    """
    if not isinstance(value, MediaFile):
        return None if link_of(value) is not None else (strip_signatures(value),)
    is_stored = value.stored_name.partition(".")[0] == value.sha256 and SHA256.fullmatch(
        value.sha256
    )
    if not is_stored or value.stored_name.endswith(".data") or value.size_bytes <= 0:
        return None
    return (replace(value, path=local_path(value.path)),)


def _run_members(job: Job, left_out: list[Json]) -> JsonObject:
    members: JsonObject = {"request_id": job.request_id}
    if job.seed is not None:
        members["seed"] = job.seed
    for name, when_s in (("created", job.created_s), ("finished", job.finished_s)):
        if 0 < when_s < _LATEST_S:
            members[name] = datetime.fromtimestamp(int(when_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if left_out:
        members["left_out"] = left_out
    return members


def _has_data(value: Value) -> bool:
    """Returns True if a value contains an embedded file, or a number that JSON cannot express."""
    if isinstance(value, str):
        return _EMBEDDED_DATA.search(value) is not None
    if isinstance(value, list):
        return any(map(_has_data, value))
    if isinstance(value, dict):
        return any(_has_data(name) or _has_data(inner) for name, inner in value.items())
    return not isinstance(value, MediaFile) and not is_finite(value)
