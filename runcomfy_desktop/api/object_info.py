"""Reads `object_info.json`, using conditional requests.

The file is megabytes in size and rarely changes, so hosts are asked only for a newer version.
"""

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
# Values that may be sent back in a header: one line of printable characters.
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,256}")


@dataclass(frozen=True, slots=True)
class CacheValidators:
    """Validators with which a host distinguishes versions of a file; "" if it sent none."""

    etag: str = ""
    last_modified: str = ""

    def conditions(self) -> dict[str, str]:
        """Returns the headers that request the file only if it has changed."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in wanted.items() if _HEADER_VALUE.fullmatch(value)}


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """Node classes of a container, with the validators of the file."""

    classes: LazyJsonObject
    validators: CacheValidators


async def read_object_info(
    client: Client, url: str, known: CacheValidators | None = None
) -> ObjectInfo | None:
    """Returns the object info at `url`, or None if it is unchanged since `known`.

    The file is on the storage host and needs no key. The key is sent only if the API itself hosts
    the file and requires it. Raises Problem.
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
    # The common reader raises the Problem that fits this response.
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
