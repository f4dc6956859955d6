"""Reads `object_info.json`: megabytes that mostly are what is here already, so hosts are asked for
what is newer."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.errors import unreadable_response_problem
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.domain.base.lazy_json import read_lazy_object

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.response import ApiResponse
    from runcomfy_desktop.domain.base.lazy_json import LazyJsonObject

_CAP_BYTES = constants.LARGE_JSON_CAP_BYTES
# What may go out in a header again: one line of printable signs.
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,256}")


@dataclass(frozen=True, slots=True)
class CacheValidators:
    """How a host tells one state of a file from another; "" where it does not."""

    etag: str = ""
    last_modified: str = ""

    def conditions(self) -> dict[str, str]:
        """The headers that ask for nothing but another state."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in wanted.items() if _HEADER_VALUE.fullmatch(value)}


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """The classes of a container, and the mark that its host put on them."""

    classes: LazyJsonObject
    validators: CacheValidators


async def read_object_info(
    client: Client, url: str, known: CacheValidators | None = None
) -> ObjectInfo | None:
    """What lies at `url`; None when it is still what the mark `known` was put on. Raises Problem.

    It lies on the storage host and needs no key; only when the API itself has it and wants one,
    it is asked again with the key.
    """
    conditions = {} if known is None else known.conditions()
    response = await client.get_public(url, _CAP_BYTES, headers=conditions)
    if response.status in (401, 403) and client.same_origin(url):
        response = await client.get(url, cap_bytes=_CAP_BYTES)
    if response.status == 304 and conditions:
        return None
    if response.is_success and not response.is_too_large and response.body_error is None:
        classes = await _parse_classes(response)
        if classes is not None and "error_code" not in classes:
            return ObjectInfo(classes, _validators(response))
    # Whoever reads all other answers knows words for what this one is.
    await client.read(response, ApiOperation.READ)
    raise unreadable_response_problem(response, "no object", ApiOperation.READ)


async def _parse_classes(response: ApiResponse) -> LazyJsonObject | None:
    depth, values = constants.MAX_JSON_DEPTH, constants.MAX_JSON_VALUES
    try:
        return await asyncio.to_thread(
            read_lazy_object, response.body, max_depth=depth, max_values=values
        )
    except ValueError:
        return None


def _validators(response: ApiResponse) -> CacheValidators:
    return CacheValidators(
        response.headers.get("etag", ""), response.headers.get("last-modified", "")
    )
