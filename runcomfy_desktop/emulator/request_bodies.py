"""Reads a request's body as JSON, with the limits of a careful gateway.

Its Content-Type must be JSON, as the documentation requires for every body. It must be UTF-8,
without NaN, out-of-range numbers and unlimited nesting. Anything else is refused with 422001.
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
    """Raises ApiError 422001 for a body whose Content-Type is not JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.body and kind != "application/json":
        loc = ["header", "content-type"]
        raise validation_error(
            error_detail(loc, "application/json is expected", "value_error.content_type")
        )


def parse_json(body: bytes) -> Json:
    """Returns the JSON in `body`. Raises ApiError 422001."""
    try:
        # By default, json would also detect UTF-16 and UTF-32.
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
    """Returns True if `value` is not nested too deeply for recursive functions."""
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
