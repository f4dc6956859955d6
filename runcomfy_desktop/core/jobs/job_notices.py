"""Notices about several jobs: interrupted, held while offline, refused, removed, damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job


def held_at_restart(
    job_ids: tuple[str, ...], send_now: Callable[[tuple[str, ...]], object]
) -> Notice:
    """Returns the notice about jobs held because the program ended before they were sent."""
    count = len(job_ids)
    return Notice(
        NoticeLevel.INFO,
        n_(
            "%d job was not sent before the program ended.",
            "%d jobs were not sent before the program ended.",
            count,
        )
        % count,
        n_(
            "It is held in the queue and costs nothing until you send it.",
            "They are held in the queue and cost nothing until you send them.",
            count,
        ),
        action_text=n_("Send %d job", "Send %d jobs", count) % count,
        action=lambda: send_now(job_ids),
    )


def back_online(job_ids: tuple[str, ...], send_now: Callable[[tuple[str, ...]], object]) -> Notice:
    """Returns the notice that the network is back and that jobs were held until then."""
    count = len(job_ids)
    return Notice(
        NoticeLevel.INFO,
        n_(
            "RunComfy can be reached again. %d job is held.",
            "RunComfy can be reached again. %d jobs are held.",
            count,
        )
        % count,
        n_(
            "It was not sent and costs nothing until you send it.",
            "They were not sent and cost nothing until you send them.",
            count,
        ),
        action_text=n_("Send %d job", "Send %d jobs", count) % count,
        action=lambda: send_now(job_ids),
    )


def submits_refused(count: int) -> Notice:
    """Returns the notice about jobs held because submits are refused although the key is good."""
    held_text = n_(
        "%d job is paused in the queue. It was not sent and costs nothing.",
        "%d jobs are paused in the queue. They were not sent and cost nothing.",
        count,
    )
    advice = _(
        "RunComfy accepts the key for other requests. Check the key on your RunComfy profile page "
        "or connect another one, then resume the jobs in the queue."
    )
    return Notice(
        NoticeLevel.WARNING,
        _("RunComfy does not accept new jobs with your key."),
        f"{held_text % count} {advice}",
        subject="sends refused",
    )


def jobs_removed(jobs: Collection[Job], undo: Callable[[], object]) -> Notice:
    """Returns the notice about removed jobs; unsent ones among them will not be sent."""
    count, unsent = len(jobs), sum(not job.state.is_finished for job in jobs)
    title = n_("Removed %d job from the list.", "Removed %d jobs from the list.", count) % count
    details = []
    if any(output.path for job in jobs for output in job.outputs):
        details.append(
            n_(
                "Its files stay in the output folder.",
                "Their files stay in the output folder.",
                count,
            )
        )
    if unsent == count:
        details.append(
            n_(
                "It was not sent, and costs nothing.",
                "They were not sent, and cost nothing.",
                count,
            )
        )
    elif unsent:
        few = n_(
            "%d of them was not sent, and costs nothing.",
            "%d of them were not sent, and cost nothing.",
            unsent,
        )
        details.append(few % unsent)
    detail = " ".join(details)
    return Notice(NoticeLevel.INFO, title, detail, "", _("Undo"), undo, subject="removed jobs")


def cannot_restore(count: int) -> Notice:
    """Returns the notice that removed jobs can no longer be restored."""
    return Notice(
        NoticeLevel.INFO,
        n_("%d job cannot be put back any more.", "%d jobs cannot be put back any more.", count)
        % count,
        _("The list was closed since. Downloaded files are still in the output folder."),
    )


def interrupted_sends(count: int) -> Notice:
    """Returns the notice about jobs that were being sent when the program ended."""
    text = n_(
        "%d job was being sent when the program ended.",
        "%d jobs were being sent when the program ended.",
        count,
    )
    meaning = _(
        "It may have been accepted, and then costs money; it is not sent again by itself. "
        "Choose Resolve… in the queue."
    )
    return Notice(NoticeLevel.WARNING, text % count, meaning)


def broken_history(copy: Path) -> Notice:
    """Returns the notice that the history file was damaged and moved aside."""
    return Notice(
        NoticeLevel.ERROR,
        _("The history of jobs was damaged, and a new one was begun."),
        _(
            "The damaged file is kept as %s, and what could be read of it was taken over. Other "
            "jobs that were running go on at RunComfy and cost money, but this program no longer "
            "knows them; files that were downloaded are still in the output folder. Before you "
            "send a job that is held, look on runcomfy.com whether it ran already."
        )
        % copy,
    )


def full_disk(folder: Path) -> Notice:
    """Returns the notice that the disk with the history is full."""
    return Notice(
        NoticeLevel.WARNING,
        _("The disk is full."),
        _(
            "Jobs that run at RunComfy are shown and can be cancelled. Nothing is sent, and "
            "results and changes are not stored, before there is room again: free some space "
            "where %s lies. No restart is needed."
        )
        % folder,
    )


def unreadable_rows(count: int) -> Notice:
    """Returns the notice about damaged rows in the history."""
    text = n_(
        "%d job in the history is damaged and is not shown.",
        "%d jobs in the history are damaged and are not shown.",
        count,
    )
    meaning = _(
        "What runs at RunComfy goes on there and costs money. Nothing was removed from the "
        "history; the log names what could not be read."
    )
    return Notice(NoticeLevel.WARNING, text % count, meaning)
