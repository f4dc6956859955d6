"""What is kept of a run beside its results: a preset of what it was sent with, and which run it is.

It is read as a preset is, so nothing is in it that a preset may not hold; what had to be left out
is named.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.local_path import local_path
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.preset import form
from runcomfy_desktop.domain.preset.capture import preset_of
from runcomfy_desktop.domain.preset.media_members import SHA
from runcomfy_desktop.domain.preset.writing import is_finite, natural, preset_to_json, spelt
from runcomfy_desktop.domain.signed import unsigned
from runcomfy_desktop.domain.workflow import link_of

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow import InputKey, Workflow

RUN_KIND = "runcomfy-desktop run"
"""What a file beside a result says of itself."""

# A file that was written into an input: as an address of its own, or nothing but its Base64.
_DATA = re.compile(r";base64,|(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{4096}", re.IGNORECASE)
# The year 5138: no clock says that.
_LATEST_S = 1e11


def write_run(job: Job, workflow: Workflow) -> bytes:
    """The file's bytes, the same for the same run. `workflow` tells the classes and titles of
    nodes; an empty one where they are not known. Raises Problem as `write_preset`."""
    values: dict[InputKey, Value] = {}
    left_out: list[Json] = []
    for key in sorted(job.changes, key=natural):
        kept = as_kept(job.changes[key])
        if kept is None or _has_data(kept[0]):
            left_out.append({"node": key.node_id, "input": key.name})
        else:
            values[key] = kept[0]
    source = Source(job.deployment_name, workflow_version=job.workflow_version)
    draft = Draft(workflow, source, job.deployment_id, values)
    members = preset_to_json(preset_of(draft, job.title[: form.MAX_NAME]))
    members["kind"] = RUN_KIND
    members["run"] = _facts(job, left_out)
    return spelt(members)


def is_kept_of(members: JsonObject, job: Job) -> bool:
    """Whether JSON is what `write_run` once wrote of the job."""
    run = members.get("run")
    if members.get("kind") != RUN_KIND or not isinstance(run, dict):
        return False
    return run.get("request_id") == job.request_id


def as_kept(said: Value) -> tuple[Value] | None:
    """The value of a run's input as it may be kept; None for what cannot be had again: of data
    that was too large for a job's row only a hash is left, and a wire is no value."""
    if not isinstance(said, MediaFile):
        return None if link_of(said) is not None else (unsigned(said),)
    is_kept = said.stored_name.partition(".")[0] == said.sha256 and SHA.fullmatch(said.sha256)
    if not is_kept or said.stored_name.endswith(".data") or said.size_bytes <= 0:
        return None
    return (replace(said, path=local_path(said.path)),)


def _facts(job: Job, left_out: list[Json]) -> JsonObject:
    facts: JsonObject = {"request_id": job.request_id}
    if job.seed is not None:
        facts["seed"] = job.seed
    for name, when_s in (("created", job.created_s), ("finished", job.finished_s)):
        if 0 < when_s < _LATEST_S:
            facts[name] = datetime.fromtimestamp(int(when_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if left_out:
        facts["left_out"] = left_out
    return facts


def _has_data(value: Value) -> bool:
    """Whether there is a file in it, or what no JSON can say."""
    if isinstance(value, str):
        return _DATA.search(value) is not None
    if isinstance(value, list):
        return any(map(_has_data, value))
    if isinstance(value, dict):
        return any(_has_data(name) or _has_data(inner) for name, inner in value.items())
    return not isinstance(value, MediaFile) and not is_finite(value)
