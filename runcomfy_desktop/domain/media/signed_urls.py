"""Removes signatures from URLs: a signed URL grants access, so no shared file may contain one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

# Matches a URL anywhere in a string, up to its end.
_URL = re.compile(r"https?://[^\s\"'<>\\]++", re.IGNORECASE)
# Names of query parameters that file stores and CDNs use for a signature, its key or a token.
_SIGNATURE = re.compile(
    r"(?:^|[&;?])(?:x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)"
    r"|x-oss-(?:signature|credential|security-token)|x-cos-security-token|q-signature"
    r"|signature|sig|hmac|policy|key-pair-id|awsaccesskeyid|googleaccessid|ossaccesskeyid"
    r"|(?:access_?|auth_?|api_?|bearer_?)?(?:token|key)|jwt|password|secret|hdnts|hdnea)=",
    re.IGNORECASE,
)


def strip_signatures(value: Json) -> Json:
    """Returns the value with every signed URL cut off before its query.

    Returns the same object if it contains no signed URL.
    """
    if isinstance(value, str):
        return _strip_text(value)
    if isinstance(value, list):
        items = [strip_signatures(each) for each in value]
        is_same = all(a is b for a, b in zip(items, value, strict=True))
        return value if is_same else items
    if isinstance(value, dict):
        members = {_strip_text(name): strip_signatures(inner) for name, inner in value.items()}
        is_same = all(members.get(name) is inner for name, inner in value.items())
        return value if is_same else members
    return value


def _strip_text(text: str) -> str:
    # A picture embedded in an input has megabytes and no URL.
    if "://" not in text:
        return text
    found = _URL.sub(_strip_url, text)
    return text if found == text else found


def _strip_url(match: re.Match[str]) -> str:
    address, _separator, query = match[0].partition("?")
    return address if _SIGNATURE.search(query) else match[0]
