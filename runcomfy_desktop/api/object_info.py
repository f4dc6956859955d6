"""Reads `object_info.json`: megabytes that mostly are what is here already, so hosts are asked for
what is newer."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import unreadable
from runcomfy_desktop.domain.json_members import read_members

if TYPE_CHECKING:
    from runcomfy_desktop.api.answer import Answer
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.json_members import Members

_CAP = constants.LARGE_JSON_CAP_BYTES
# What may go out in a header again: one line of printable signs.
_SANE = re.compile(r"[\x20-\x7e]{1,256}")


@dataclass(frozen=True, slots=True)
class Mark:
    """How a host tells one state of a file from another; "" where it does not."""

    etag: str = ""
    last_modified: str = ""

    def conditions(self) -> dict[str, str]:
        """The headers that ask for nothing but another state."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in wanted.items() if _SANE.fullmatch(value)}


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """The classes of a container, and the mark that its host put on them."""

    classes: Members
    mark: Mark


async def read_object_info(
    client: Client, url: str, known: Mark | None = None
) -> ObjectInfo | None:
    """What lies at `url`; None when it is still what the mark `known` was put on. Raises Problem.

    It lies on the storage host and needs no key; only when the API itself has it and wants one,
    it is asked again with the key.
    """
    conditions = {} if known is None else known.conditions()
    answer = await client.get_public(url, _CAP, headers=conditions)
    if answer.status in (401, 403) and client.same_origin(url):
        answer = await client.get(url, cap_bytes=_CAP)
    if answer.status == 304 and conditions:
        return None
    if answer.is_success and not answer.too_large and answer.broken is None:
        classes = await _classes(answer)
        if classes is not None and "error_code" not in classes:
            return ObjectInfo(classes, _mark(answer))
    # Whoever reads all other answers knows words for what this one is.
    await client.read(answer, Errand.READ)
    raise unreadable(answer, "no object", Errand.READ)


async def _classes(answer: Answer) -> Members | None:
    depth, values = constants.MAX_JSON_DEPTH, constants.MAX_JSON_VALUES
    try:
        return await asyncio.to_thread(read_members, answer.body, depth=depth, values=values)
    except ValueError:
        return None


def _mark(answer: Answer) -> Mark:
    return Mark(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
