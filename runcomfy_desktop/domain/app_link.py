"""Links that open something in this program: `runcomfy-desktop:deployment/<id>`.

Links come from web pages, e-mails and chats, so they are untrusted until they are checked. A link
only names a thing: it cannot start a run, and cannot contain settings, addresses or keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runcomfy_desktop.domain.base.plain_text import one_line, shortened
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

SCHEME = "runcomfy-desktop"
MAX_CHARS = 200
_MAX_SHOWN_CHARS = 40
_PREFIX = f"{SCHEME}:"
# RunComfy's ids are UUIDs; none of these characters is special in a path, address or command line.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class DeploymentLink:
    """Link to a deployment by its id; the deployment may not exist."""

    deployment_id: str


def is_link(text: str) -> bool:
    """Returns True if `text` has the scheme of this program's links, valid or not."""
    return text[: len(_PREFIX)].lower() == _PREFIX


def parse_link(text: str) -> DeploymentLink:
    """Returns the target of a link. Raises a Problem that says why the link is invalid."""
    if not is_link(text):
        raise _link_problem(_("It does not begin with “%s”.") % _PREFIX)
    if len(text) > MAX_CHARS:
        raise _link_problem(_("It is longer than any link of this program."))
    if not (text.isascii() and text.isprintable()):
        raise _link_problem(_("It has signs in it that no link of this program has."))
    # Some programs only recognize a link that has two slashes.
    path = text[len(_PREFIX) :].removeprefix("//")
    kind, _slash, target_id = path.partition("/")
    if kind != _DEPLOYMENT:
        shown, why = kind, _("It does not say what it leads to.")
        text = _("It leads to “%s”, which this version does not know.")
    elif not _ID.fullmatch(target_id):
        shown, why = target_id, _("It does not say which deployment it leads to.")
        text = _("“%s” is not the ID of a deployment.")
    else:
        return DeploymentLink(target_id)
    shown = shortened(one_line(shown), _MAX_SHOWN_CHARS)
    raise _link_problem(text % shown if shown else why)


def deployment_link(deployment_id: str) -> str:
    """Returns the link to a deployment, or "" if its id cannot be part of a link."""
    if not _ID.fullmatch(deployment_id):
        return ""
    return f"{_PREFIX}{_DEPLOYMENT}/{deployment_id}"


def _link_problem(why: str) -> Problem:
    title = _("This link cannot be opened.")
    return Problem(title, why, _("Nothing was done."), kind=ProblemKind.REJECTED)
