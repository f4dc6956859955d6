"""Files of workflows that are sent whole, stored in the media folder.

A file is named by the hash of its contents. A job's row holds only this name, so a list of jobs
stays small even if their workflows are large.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.chunked_json import read_json
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.workflow.workflow import (
    MAX_DEPTH,
    MAX_VALUES,
    Workflow,
    workflow_to_json,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem, write_atomic
from runcomfy_desktop.store.media_files import mark_used

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

_FILE_NAME = re.compile(r"[0-9a-f]{64}\.workflow\.json")


async def store(workflow: Workflow, folder: Path) -> str:
    """Writes a workflow and returns its file name. Raises Problem if it cannot be written."""

    def work() -> str:
        # In pieces: json.dumps() encodes everything at once, which would block the window.
        encoder = json.JSONEncoder(separators=(",", ":"))
        data = "".join(encoder.iterencode(workflow_to_json(workflow))).encode()
        name = f"{hashlib.sha256(data).hexdigest()}.workflow.json"
        if not mark_used(folder / name):
            write_atomic(folder / name, data)
        return name

    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise disk_problem(error, folder) from None


async def load(name: str, folder: Path) -> JsonObject:
    """Returns the workflow stored as `name`. Raises Problem if it can no longer be read."""

    def work() -> JsonObject:
        if not _FILE_NAME.fullmatch(name):
            raise ValueError(name)
        text = (folder / name).read_bytes().decode()
        found = read_json(text, max_depth=2 * MAX_DEPTH, max_values=2 * MAX_VALUES)
        if not isinstance(found, dict):
            raise ValueError(name)
        return found

    try:
        return await asyncio.to_thread(work)
    except (OSError, ValueError) as error:
        raise Problem(
            _("The workflow of this job cannot be read any more."),
            _("The job was not sent and costs nothing."),
            _("Open the workflow file again, then run it."),
            technical=f"{type(error).__name__}: {error}",
        ) from None
