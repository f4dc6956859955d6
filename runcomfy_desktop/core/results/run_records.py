"""Records of the inputs of each run, written next to its results if the user wants that.

Nothing depends on these records: a failure to write one does not affect the job, and is reported
once until a write succeeds again.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, unexpected_problem
from runcomfy_desktop.core.media import inline_workflows
from runcomfy_desktop.core.results import output_files
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.output import RUN_SUFFIX
from runcomfy_desktop.domain.workflow.workflow import Workflow, workflow_from_json
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem
from runcomfy_desktop.store.small_file import DamagedFile, read_object

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.store.deployments import CachedDeployment

_log = logging.getLogger(__name__)


class RunRecords:
    """Writes one file for each job while the settings say so.

    `cached_deployment` returns a deployment as last read; its workflow contains the classes of the
    nodes. `media_folder` contains the workflows that were sent whole. `secrets` returns strings
    that no file may contain.
    """

    def __init__(
        self,
        preferences: Preferences,
        cached_deployment: Callable[[str], Awaitable[CachedDeployment | None]],
        media_folder: Path,
        notices: Notices,
        secrets: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._preferences = preferences
        self._cached_deployment = cached_deployment
        self._media_folder = media_folder
        self._notices = notices
        self._secrets = secrets
        self._is_reported = False

    async def write(self, job: Job) -> None:
        """Writes the record of a job whose files were downloaded as far as possible. Raises
        nothing."""
        found = _first_files(job)
        if found is None or not self._preferences.settings.keeps_inputs:
            return
        first, folder = found
        try:
            workflow = await self._workflow(job)
            await asyncio.to_thread(self._write_file, job, workflow, first, folder)
        except Problem as problem:
            self._report(problem)
        except OSError as error:
            self._report(disk_problem(error, folder))
        except Exception as error:
            # A bug: the results are here all the same.
            _log.exception("Job %s: its inputs cannot be kept", job.job_id)
            self._report(unexpected_problem(error))
        else:
            self._is_reported = False

    async def _workflow(self, job: Job) -> Workflow:
        """Returns the workflow that the job ran; an empty one if it is no longer known."""
        try:
            graph = await self._graph(job)
            if graph is not None:
                return await asyncio.to_thread(workflow_from_json, graph)
        except Problem as problem:
            _log.info("Job %s: its workflow is not known: %s", job.job_id, problem)
        return Workflow({})

    async def _graph(self, job: Job) -> JsonObject | None:
        if job.workflow_file:
            return await inline_workflows.load(job.workflow_file, self._media_folder)
        cached = await self._cached_deployment(job.deployment_id)
        # In another version the node ids may belong to other nodes.
        if cached is None or cached.deployment.workflow_version != job.workflow_version:
            return None
        payload = cached.deployment.payload
        return None if payload is None else payload.workflow

    def _write_file(self, job: Job, workflow: Workflow, first: Output, folder: Path) -> None:
        # Imported late: few sessions need it.
        from runcomfy_desktop.domain.presets.run_record import is_record_of, write_run_record

        target = output_files.target_path(folder, job, first)
        path = folder / f"{target.name}{RUN_SUFFIX}"
        existing = _read_existing(path)
        if existing is not None and is_record_of(existing, job):
            return
        data = write_run_record(job, workflow)
        if any(each and each.encode() in data for each in self._secrets()):
            raise Problem(_("Your key is among them, and no file may hold it."))
        output_files.write_file(data, output_files.part_path(path, job, first), path)

    def _report(self, problem: Problem) -> None:
        _log.warning("The inputs of a run are not kept: %s", problem.title)
        if self._is_reported:
            return
        self._is_reported = True
        self._notices.post(
            Notice(
                NoticeLevel.INFO,
                _("The inputs of a run could not be kept beside its results."),
                _("The job and its results are whole. %s") % problem.sentence(),
                problem.technical,
            )
        )


def _first_files(job: Job) -> tuple[Output, Path] | None:
    """Returns the job's first file, which names the record even if it is missing, and the folder of
    the first file that is here. None if no file is here."""
    files = [each for each in job.outputs if each.url]
    here = next((each.path for each in files if each.path and not each.fault), "")
    return (files[0], Path(here).parent) if here else None


def _read_existing(path: Path) -> JsonObject | None:
    """Returns the JSON object at `path`; None if it cannot be read."""
    try:
        return read_object(path)
    except (DamagedFile, OSError):
        return None
