"""Reads a request's body as JSON, and no more of it than a careful gateway would.

It has to say that it is JSON, as the documents ask of every body. UTF-8 only, no NaN and no
numbers beyond all bounds, not nested without end: each is 422001.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.http_messages import error_detail, validation_error

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject, Request

_MAX_DEPTH = 100


def check_content_type(request: Request) -> None:
    """Raises ApiError 422001 for a body which does not say that it is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.body and kind != "application/json":
        loc = ["header", "content-type"]
        raise validation_error(
            error_detail(loc, "application/json is expected", "value_error.content_type")
        )


def parse_json(body: bytes) -> Json:
    """The JSON in `body`. Raises ApiError 422001."""
    try:
        # Left to itself, json would guess UTF-16 and UTF-32, too.
        text = body.decode("utf-8")
        value: Json = json.loads(text, parse_constant=_reject_constant, parse_float=_parse_finite)
    except (ValueError, RecursionError):
        raise validation_error(
            error_detail(["body"], "the body is not JSON", "value_error.jsondecode")
        ) from None
    if not is_depth_allowed(value):
        raise validation_error(
            error_detail(["body"], "the body is nested too deeply", "value_error.depth")
        )
    return value


def parse_json_object(body: bytes) -> JsonObject:
    value = parse_json(body)
    if not isinstance(value, dict):
        raise validation_error(
            error_detail(["body"], "value is not a valid dict", "type_error.dict")
        )
    return value


def is_depth_allowed(value: Json) -> bool:
    """Whether `value` can be walked through without fear."""
    level: list[Json] = [value]
    for _depth in range(_MAX_DEPTH):
        level = [
            each
            for container in level
            if isinstance(container, dict | list)
            for each in (container.values() if isinstance(container, dict) else container)
            if isinstance(each, dict | list)
        ]
        if not level:
            return True
    return False


def _reject_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _parse_finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number
