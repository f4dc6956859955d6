"""Life cycle of a job, from Run to its files: send, poll, download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.fetcher import Fetcher
    from runcomfy_desktop.core.jobs.job_poller import JobPoller
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.send_queue import SendQueue
    from runcomfy_desktop.core.jobs.sender import Sender


class JobRunner:
    """Takes jobs through their life cycle; `run` and `resume` are each called in their own task."""

    def __init__(
        self,
        job_store: JobStore,
        sender: Sender,
        poller: JobPoller,
        fetcher: Fetcher,
        send_queue: SendQueue,
    ) -> None:
        """`send_queue` decides whether a job may be sent when its turn has come. It is notified
        when the job is no longer being sent, whatever the outcome."""
        self._job_store = job_store
        self._sender = sender
        self._poller = poller
        self._fetcher = fetcher
        self._send_queue = send_queue

    async def prepare(self, job_id: str) -> None:
        """Shrinks the large pictures of a job whose turn comes soon."""
        try:
            await self._sender.prepare(job_id)
        finally:
            self._send_queue.on_prepared(job_id)

    async def run(self, job_id: str) -> None:
        """Sends a new job, and continues like `resume` if it was accepted."""
        try:
            await self._sender.send(job_id, self._send_queue.may_send)
        finally:
            self._send_queue.on_send_ended(job_id)
        await self.resume(job_id)

    async def resume(self, job_id: str) -> None:
        """Polls an accepted job to completion and downloads its files; does nothing for other
        jobs."""
        try:
            report = await self._poller.poll_until_result(job_id)
            if report is not None:
                await self._fetcher.fetch(job_id, report)
        except Exception:
            # A bug in this program. The task logs and reports it; the row must not look healthy.
            trouble = _("This program made a mistake and stopped asking about this job.")
            self._job_store.set_transient(job_id, trouble=trouble)
            raise
