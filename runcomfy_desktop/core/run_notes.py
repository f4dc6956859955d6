"""Lays what each run was sent with beside its results, where the person wants that.

Nothing depends on it: what keeps it from being written changes nothing for the job, and is told
once until it goes well again.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core import inline, landing
from runcomfy_desktop.core.notices import Notice, NoticeLevel, unexpected
from runcomfy_desktop.domain.output import RUN_ENDING
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import Workflow, workflow_from_json
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import disk_problem
from runcomfy_desktop.store.small_file import Damaged, read_object

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.domain.json_value import JsonObject
    from runcomfy_desktop.domain.output import Output
    from runcomfy_desktop.store.deployments import KeptDeployment

_log = logging.getLogger(__name__)


class RunNotes:
    """Writes one file for each job while the settings say so.

    `kept` gives a deployment as it was read last, whose workflow tells the classes of nodes; in
    `media_folder` lie the workflows that were sent whole. `secrets` are what no file may hold.
    """

    def __init__(
        self,
        preferences: Preferences,
        kept: Callable[[str], Awaitable[KeptDeployment | None]],
        media_folder: Path,
        notices: Notices,
        secrets: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._preferences = preferences
        self._kept = kept
        self._media_folder = media_folder
        self._notices = notices
        self._secrets = secrets
        self._is_told = False

    async def keep(self, job: Job) -> None:
        """The files of the job are here, as far as they could be had. Raises nothing."""
        found = _first_files(job)
        if found is None or not self._preferences.settings.keeps_inputs:
            return
        first, folder = found
        try:
            workflow = await self._workflow(job)
            await asyncio.to_thread(self._write, job, workflow, first, folder)
        except Problem as problem:
            self._tell(problem)
        except OSError as error:
            self._tell(disk_problem(error, folder))
        except Exception as error:
            # A bug: the results are here all the same.
            _log.exception("Job %s: its inputs cannot be kept", job.job_id)
            self._tell(unexpected(error))
        else:
            self._is_told = False

    async def _workflow(self, job: Job) -> Workflow:
        """What the job ran; an empty one where nobody can tell any more."""
        try:
            graph = await self._graph(job)
            if graph is not None:
                return await asyncio.to_thread(workflow_from_json, graph)
        except Problem as problem:
            _log.info("Job %s: its workflow is not known: %s", job.job_id, problem)
        return Workflow({})

    async def _graph(self, job: Job) -> JsonObject | None:
        if job.workflow_file:
            return await inline.load(job.workflow_file, self._media_folder)
        kept = await self._kept(job.deployment_id)
        # Of another version its ids may be those of other nodes.
        if kept is None or kept.deployment.workflow_version != job.workflow_version:
            return None
        payload = kept.deployment.payload
        return None if payload is None else payload.workflow

    def _write(self, job: Job, workflow: Workflow, first: Output, folder: Path) -> None:
        # Late: few sessions need it.
        from runcomfy_desktop.domain.preset.runs import is_kept_of, write_run

        target = landing.target_of(folder, job, first)
        place = folder / f"{target.name}{RUN_ENDING}"
        known = _known(place)
        if known is not None and is_kept_of(known, job):
            return
        data = write_run(job, workflow)
        if any(each and each.encode() in data for each in self._secrets()):
            raise Problem(_("Your key is among them, and no file may hold it."))
        landing.lay_down(data, landing.part_of(place, job, first), place)

    def _tell(self, problem: Problem) -> None:
        _log.warning("The inputs of a run are not kept: %s", problem.title)
        if self._is_told:
            return
        self._is_told = True
        self._notices.tell(
            Notice(
                NoticeLevel.INFO,
                _("The inputs of a run could not be kept beside its results."),
                _("The job and its results are whole. %s") % problem.sentence(),
                problem.technical,
            )
        )


def _first_files(job: Job) -> tuple[Output, Path] | None:
    """The job's first file, by which its inputs are named wherever it lies or lacks, and the
    folder of the first that is here; None when none is."""
    files = [each for each in job.outputs if each.url]
    here = next((each.path for each in files if each.path and not each.fault), "")
    return (files[0], Path(here).parent) if here else None


def _known(place: Path) -> JsonObject | None:
    """What lies there already, as far as it can be ours."""
    try:
        return read_object(place)
    except (Damaged, OSError):
        return None
