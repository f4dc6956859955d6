"""Problems for stored drafts that cannot be shown: damaged, newer, unreadable or missing.

The first draft of a workflow is then shown without its stored changes. A further draft is not shown
at all: text typed in its place would belong to another draft.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import draft_id_from_key
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.draft_summaries import title_of
from runcomfy_desktop.store.small_file import try_set_aside

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


def damaged_draft_problem(path: Path, key: str, technical: str) -> Problem:
    """Moves a damaged draft file aside and returns the Problem for it."""
    title = one_line(title_of(path))
    copy, technical = try_set_aside(path, technical)
    location_text = _("The file is kept as %s.") % copy if copy else ""
    return _unreadable_problem(path, key, title, location_text, technical)


def unreadable_draft_problem(path: Path, key: str, technical: str) -> Problem:
    """Returns the Problem for a draft that currently cannot be read from the disk."""
    location_text = _("It stays, under another name once you change something.")
    if draft_id_from_key(key):
        location_text = _("The file stays as it is: %s") % path
    return _unreadable_problem(path, key, "", location_text, technical)


def newer_draft_problem(path: Path, key: str) -> Problem:
    """Returns the Problem for a draft stored by a newer program."""
    _log.warning("Draft %s is of a newer program", path.name)
    if draft_id_from_key(key):
        title = one_line(title_of(path))
        headline = _("A draft was stored by a newer version of this program.")
        if title:
            headline = _("The draft %s was stored by a newer version of this program.") % title
        detail = _("It is not shown and left as it is; all other drafts are as they were.")
        return Problem(headline, detail, _("Install the newer version to go on with it."))
    return Problem(
        _("Your changes to this workflow were stored by a newer version of this program."),
        _(
            "They are left as they are, and it is shown without them. What you change here is not "
            "stored."
        ),
        _("Install the newer version to go on with them."),
    )


def missing_draft_problem(path: Path) -> Problem:
    """Returns the Problem for a further draft (listed or in view) that has no file."""
    _log.warning("Draft %s is not there", path.name)
    return Problem(
        _("A draft is not there any more."),
        _("Its file was taken away, or this program ended before it was written: %s") % path,
    )


def _unreadable_problem(
    path: Path, key: str, title: str, location_text: str, technical: str
) -> Problem:
    _log.warning("Draft %s cannot be read: %s", path.name, technical)
    headline = _("Your earlier changes to this workflow could not be read.")
    consequence = _("It is shown without them.")
    if draft_id_from_key(key):
        headline = _("A draft could not be read.")
        if title:
            headline = _("The draft %s could not be read.") % title
        consequence = _("What you changed in it is not shown; all other drafts are as they were.")
    return Problem(
        headline,
        " ".join(part for part in (consequence, location_text) if part),
        technical=technical,
    )
