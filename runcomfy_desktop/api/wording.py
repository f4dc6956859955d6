"""The service's own words, made fit to be shown: found, cleaned, shortened, without the key."""

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

    from runcomfy_desktop.api.answer import Answer
    from runcomfy_desktop.domain.json_value import Json

_BLOT = "[key]"
# What keys for partner nodes look like: one may come back before the keyring has said which it is.
_PARTNER_KEY = re.compile(r"\bcomfyui-[0-9a-fA-F]{16,}")
# Control characters, and the marks that turn the direction of text around.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_MESSAGE_KEYS = ("error_message", "message", "error", "detail")
_INNER_KEYS = ("message", "error_message", "details", "detail", "type")
_SHOWN_ITEMS = 3
_MOST_FAULTS = 1000
MOST_ITEMS = 50
"""Of each list and object in what the Details show, a few thousand characters in all."""
_LONGEST_SECRET = 16 * 1024
_MOST_CHARS = constants.TECHNICAL_CHARS * 4


def clean(text: str, token: str = "", limit: int = constants.MESSAGE_CHARS) -> str:
    """One line of plain text, at most `limit` characters, the key blotted out."""
    text = without(text, (token,))
    text = text[: limit * 4].encode("utf-8", "replace").decode("utf-8")
    text = " ".join(_CONTROL.sub(" ", text).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret blotted out, in every spelling that it may come back in."""
    for secret in filter(None, secrets):
        for spelling in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")):
            text = text.replace(spelling, _BLOT)
    return _PARTNER_KEY.sub(_BLOT, text)


def shortened(value: Json, secrets: Iterable[str] = ()) -> Json:
    """The value with no more in it than can be shown, secrets blotted out before it is cut."""
    if isinstance(value, str):
        return without(value, secrets)[:_MOST_CHARS]
    if isinstance(value, list):
        return [shortened(each, secrets) for each in value[:MOST_ITEMS]]
    if isinstance(value, dict):
        return {
            without(name, secrets)[:_MOST_CHARS]: shortened(each, secrets)
            for name, each in islice(value.items(), MOST_ITEMS)
        }
    return value


def sentence(text: str) -> str:
    """Somebody's words with a full stop, so that others can follow them."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def is_web_page(answer: Answer) -> bool:
    head = answer.body[:200].lstrip().lower()
    return "html" in answer.headers.get("content-type", "").lower() or head.startswith(
        (b"<!doctype html", b"<html")
    )


def message(answer: Answer, value: Json) -> str:
    """What the service said, for people; "" when it said nothing."""
    lines = _validation_lines(value)
    text = "; ".join(lines) or _from_json(value) or _from_text(answer, value)
    return clean(without(text, answer.secrets))


def technical(answer: Answer, value: Json, why: str = "") -> str:
    """Status, code and words, for the Details."""
    parts = [f"HTTP {answer.status} {_phrase(answer.status)}".strip()]
    if why:
        parts.append(why)
    if value is not None:
        parts.append(json.dumps(shortened(value, answer.secrets), ensure_ascii=False))
    elif answer.body:
        parts.append(_body_text(answer)[:_MOST_CHARS])
    return clean("; ".join(parts), limit=constants.TECHNICAL_CHARS)


def field_faults(answer: Answer, value: Json) -> dict[str, str]:
    """What the service said of single fields of the body, by their names; the first of each."""
    detail = value.get("detail") if isinstance(value, dict) else None
    found: dict[str, str] = {}
    for item in detail[:_MOST_FAULTS] if isinstance(detail, list) else []:
        if isinstance(item, dict):
            name = _field_name(item.get("loc"))
            said = item.get("msg") or item.get("message")
            if name and isinstance(said, str):
                found.setdefault(name, clean(without(said, answer.secrets)))
    return found


def _field_name(where: Json) -> str:
    match where:
        case ["body", str() as name, *_rest]:
            return name
        case [str() as name]:
            return name
    return ""


def _phrase(status: int) -> str:
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


def _from_text(answer: Answer, value: Json) -> str:
    """Plain text as it is; of a web page only its title."""
    if value is not None:
        return ""
    text = _body_text(answer)[: constants.MESSAGE_CHARS * 8]
    if not is_web_page(answer):
        return text
    title = _TITLE.search(text)
    return title.group(1) if title else ""


def _body_text(answer: Answer) -> str:
    """The beginning of the body, secrets blotted out: also one that the end cuts in two."""
    some = answer.body[: _MOST_CHARS + _LONGEST_SECRET]
    return without(some.decode("utf-8", "replace"), answer.secrets)[:_MOST_CHARS]


def _validation_lines(value: Json) -> list[str]:
    """`detail` of a 422 as lines that name node and input."""
    detail = value.get("detail") if isinstance(value, dict) else None
    if not isinstance(detail, list):
        return []
    lines = list(islice(filter(None, map(_validation_line, detail)), _SHOWN_ITEMS + 1))
    shown = lines[:_SHOWN_ITEMS]
    if len(lines) > len(shown):
        shown.append("…")
    return shown


def _validation_line(item: Json) -> str:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        return ""
    said = item.get("msg") or item.get("message") or ""
    where = item.get("loc")
    match where if isinstance(where, list) else []:
        case [*_before, "overrides", str() | int() as node, "inputs", str() as name]:
            return _("Node #%s, %s: %s") % (node, name, said)
        case [*_before, "overrides", str() | int() as node]:
            return _("Node #%s: %s") % (node, said)
        case []:
            return str(said)
        case places:
            return f"{'.'.join(map(str, places))}: {said}"
