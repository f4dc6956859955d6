"""Prepares the service's messages for display: finds, cleans, shortens and redacts them."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from runcomfy_desktop.api import constants
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.api.response import ApiResponse
    from runcomfy_desktop.domain.base.json_value import Json

_REDACTED = "[key]"
# Pattern of keys for partner nodes: a response may contain one before the keyring has been read.
_PARTNER_KEY = re.compile(r"\bcomfyui-[0-9a-fA-F]{16,}")
# Control characters, and those that change the direction of text.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_MESSAGE_KEYS = ("error_message", "message", "error", "detail")
_INNER_KEYS = ("message", "error_message", "details", "detail", "type")
_MAX_SHOWN_ITEMS = 3
_MAX_FIELD_ERRORS = 1000
MAX_ITEMS = 50
"""Maximum number of items shown of each list and object; Details hold a few thousand characters."""
_MAX_SECRET_BYTES = 16 * 1024
_MAX_CHARS = constants.MAX_TECHNICAL_CHARS * 4


def clean(text: str, token: str = "", limit: int = constants.MAX_MESSAGE_CHARS) -> str:
    """Returns one line of plain text, at most `limit` characters, with the key redacted."""
    text = redact(text, (token,))
    text = text[: limit * 4].encode("utf-8", "replace").decode("utf-8")
    text = " ".join(_CONTROL.sub(" ", text).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def redact(text: str, secrets: Iterable[str]) -> str:
    """Returns the text with each secret replaced, in every encoding in which it may come back."""
    for secret in filter(None, secrets):
        for spelling in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")):
            text = text.replace(spelling, _REDACTED)
    return _PARTNER_KEY.sub(_REDACTED, text)


def shorten(value: Json, secrets: Iterable[str] = ()) -> Json:
    """Returns the value cut to the size shown; secrets are redacted before cutting."""
    if isinstance(value, str):
        return redact(value, secrets)[:_MAX_CHARS]
    if isinstance(value, list):
        return [shorten(each, secrets) for each in value[:MAX_ITEMS]]
    if isinstance(value, dict):
        return {
            redact(name, secrets)[:_MAX_CHARS]: shorten(each, secrets)
            for name, each in islice(value.items(), MAX_ITEMS)
        }
    return value


def with_full_stop(text: str) -> str:
    """Returns the text ending with a full stop, so that another sentence can follow."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def is_web_page(response: ApiResponse) -> bool:
    head = response.body[:200].lstrip().lower()
    return "html" in response.headers.get("content-type", "").lower() or head.startswith(
        (b"<!doctype html", b"<html")
    )


def message(response: ApiResponse, value: Json) -> str:
    """Returns the service's message for the user, or "" if there is none."""
    lines = _validation_lines(value)
    text = "; ".join(lines) or _from_json(value) or _from_body(response, value)
    return clean(redact(text, response.secrets))


def technical_text(response: ApiResponse, value: Json, reason: str = "") -> str:
    """Returns status, code and message, for Details."""
    parts = [f"HTTP {response.status} {_status_phrase(response.status)}".strip()]
    if reason:
        parts.append(reason)
    if value is not None:
        parts.append(json.dumps(shorten(value, response.secrets), ensure_ascii=False))
    elif response.body:
        parts.append(_body_text(response)[:_MAX_CHARS])
    return clean("; ".join(parts), limit=constants.MAX_TECHNICAL_CHARS)


def field_errors(response: ApiResponse, value: Json) -> dict[str, str]:
    """Returns the service's messages by field of the request body, the first one for each field."""
    detail = value.get("detail") if isinstance(value, dict) else None
    found: dict[str, str] = {}
    for item in detail[:_MAX_FIELD_ERRORS] if isinstance(detail, list) else []:
        if isinstance(item, dict):
            name = _field_name(item.get("loc"))
            text = item.get("msg") or item.get("message")
            if name and isinstance(text, str):
                found.setdefault(name, clean(redact(text, response.secrets)))
    return found


def _field_name(location: Json) -> str:
    match location:
        case ["body", str() as name, *_rest]:
            return name
        case [str() as name]:
            return name
    return ""


def _status_phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _from_json(value: Json) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    for key in _MESSAGE_KEYS:
        found = value.get(key)
        if isinstance(found, dict):
            found = next((each for k in _INNER_KEYS if isinstance(each := found.get(k), str)), "")
        if isinstance(found, str) and found.strip():
            return found
    return ""


def _from_body(response: ApiResponse, value: Json) -> str:
    """Returns a plain-text body, the title of a web page, or "" if the body is JSON."""
    if value is not None:
        return ""
    text = _body_text(response)[: constants.MAX_MESSAGE_CHARS * 8]
    if not is_web_page(response):
        return text
    title = _TITLE.search(text)
    return title.group(1) if title else ""


def _body_text(response: ApiResponse) -> str:
    """Returns the beginning of the body with secrets redacted.

    Secrets that the limit would cut in two are redacted, too.
    """
    head = response.body[: _MAX_CHARS + _MAX_SECRET_BYTES]
    return redact(head.decode("utf-8", "replace"), response.secrets)[:_MAX_CHARS]


def _validation_lines(value: Json) -> list[str]:
    """Returns the `detail` of a 422 as lines that name node and input."""
    detail = value.get("detail") if isinstance(value, dict) else None
    if not isinstance(detail, list):
        return []
    lines = list(islice(filter(None, map(_validation_line, detail)), _MAX_SHOWN_ITEMS + 1))
    shown = lines[:_MAX_SHOWN_ITEMS]
    if len(lines) > len(shown):
        shown.append("…")
    return shown


def _validation_line(item: Json) -> str:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        return ""
    text = item.get("msg") or item.get("message") or ""
    location = item.get("loc")
    match location if isinstance(location, list) else []:
        case [*_before, "overrides", str() | int() as node, "inputs", str() as name]:
            return _("Node #%s, %s: %s") % (node, name, text)
        case [*_before, "overrides", str() | int() as node]:
            return _("Node #%s: %s") % (node, text)
        case []:
            return str(text)
        case places:
            return f"{'.'.join(map(str, places))}: {text}"
