"""Display texts for durations, sizes, amounts and lines, in one place for consistency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale

from runcomfy_desktop.domain.base.file_sizes import file_size
from runcomfy_desktop.domain.base.plain_text import one_line, shortened
from runcomfy_desktop.domain.deployments.cost import usd_text
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.job import Job

__all__ = [
    "age",
    "approx_money",
    "clock_time",
    "date_or_time",
    "day_and_time",
    "duration",
    "file_size",
    "job_duration_text",
    "job_times_text",
    "money",
    "one_line",
    "pixel_size",
    "shortened",
    "time_of_day",
]

_MIN_USD = 0.01
_MINUTES_PER_HOUR = 60


def duration(seconds: float) -> str:
    """Returns a duration as `0:21`, `1:12` or `1:02:05`."""
    minutes, seconds_left = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds_left:02}" if hours else f"{minutes}:{seconds_left:02}"


def job_times_text(job: Job, now_s: float) -> str:
    """Returns `waited 0:21 · ran 1:08`; the second part only once the job has run."""
    if job.state is JobState.UNCERTAIN:
        return _("sent at %s") % time_of_day(job.sent_s or job.created_s)
    waited = _("waited %s") % duration(job.waited_s(now_s))
    if not job.running_s:
        return waited
    return f"{waited} · " + _("ran %s") % duration(job.ran_s(now_s))


def job_duration_text(job: Job, now_s: float) -> str:
    """Returns the time that the job has run or, before it runs, has waited.

    It is "" if the job ended without having run, or if it is not known to run.
    """
    if job.state is JobState.UNCERTAIN:
        return ""
    if job.running_s:
        return duration(job.ran_s(now_s))
    return "" if job.state.is_finished else duration(job.waited_s(now_s))


def clock_time(epoch_s: float) -> str:
    """Returns date and time of day in the user's locale format."""
    when = QDateTime.fromSecsSinceEpoch(int(epoch_s))
    if QLocale().language() is QLocale.Language.C:
        # The C locale is not any user's format, and its `2 02 2026` looks like a telephone number.
        return when.toString("yyyy-MM-dd HH:mm")
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)


def time_of_day(epoch_s: float) -> str:
    when = QDateTime.fromSecsSinceEpoch(int(epoch_s)).time()
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)


def date_or_time(epoch_s: float, day_start_s: float) -> str:
    """Returns the time of day if it is on the day that began at `day_start_s`, else `29 Nov`."""
    if epoch_s >= day_start_s:
        return time_of_day(epoch_s)
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(epoch_s)).date(), "d MMM")


def age(then_s: float, now_s: float) -> str:
    """Returns an age for `as of …`.

    It is `3 minutes ago`, `2 hours ago`, then `yesterday 18:40` or the date.
    """
    minutes = int(max(0.0, now_s - then_s) // 60)
    if minutes < 1:
        return _("less than a minute ago")
    if minutes < _MINUTES_PER_HOUR:
        return n_("%d minute ago", "%d minutes ago", minutes) % minutes
    if _days_between(then_s, now_s) == 0:
        hours = minutes // _MINUTES_PER_HOUR
        return n_("%d hour ago", "%d hours ago", hours) % hours
    return day_and_time(then_s, now_s)


def day_and_time(epoch_s: float, now_s: float) -> str:
    """Returns `today 14:02`, `yesterday 18:40`, or the date with the time of day."""
    days = _days_between(epoch_s, now_s)
    if days == 0:
        return _("today %s") % time_of_day(epoch_s)
    if days == 1:
        return _("yesterday %s") % time_of_day(epoch_s)
    return clock_time(epoch_s)


def _days_between(then_s: float, now_s: float) -> int:
    then, now = (QDateTime.fromSecsSinceEpoch(int(each)).date() for each in (then_s, now_s))
    return int(then.daysTo(now))


def money(usd: float) -> str:
    """Returns an amount as `$0.05`, `-$1.20` or `$1,204.00`."""
    return usd_text(usd)


def approx_money(usd: float) -> str:
    """Returns `about $0.05`, the form of every amount that is estimated and not billed."""
    if 0 < usd < _MIN_USD:
        return _("less than %s") % usd_text(_MIN_USD)
    return _("about %s") % usd_text(usd)


def pixel_size(width: int, height: int) -> str:
    return f"{width} × {height}"
