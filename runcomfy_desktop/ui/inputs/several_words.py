"""Many files in one sentence: how many cannot be used and why, and what becomes of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.shelf_refusals import Why
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from runcomfy_desktop.core.media_shelf import Survey


def survey_words(survey: Survey, chosen: LargePictures) -> str:
    """Returns the facts that a user needs to choose what becomes of several files; `chosen` is how
    large ones of this kind are sent."""
    parts = [refused_words(survey)] if survey.refused or survey.left else []
    if survey.large:
        parts.append(_large_words(survey.large, chosen) % survey.large)
    return " ".join(parts) or _("This input takes one file at a time.")


def _large_words(count: int, chosen: LargePictures) -> str:
    if chosen is LargePictures.SHRINK:
        return n_(
            "%d is above the recommended size; it is shrunk when it is sent.",
            "%d are above the recommended size; they are shrunk when they are sent.",
            count,
        )
    if chosen is LargePictures.ASK:
        return n_(
            "%d is above the recommended size; Run asks how to send it.",
            "%d are above the recommended size; Run asks how to send them.",
            count,
        )
    if chosen is LargePictures.ADDRESS:
        return n_(
            "%d is above the recommended size; your settings want an address for it.",
            "%d are above the recommended size; your settings want addresses for them.",
            count,
        )
    return n_(
        "%d is above the size that is recommended for sending inline; it is sent all the same.",
        "%d are above the size that is recommended for sending inline; they are sent all the same.",
        count,
    )


def refused_words(survey: Survey) -> str:
    """`3 of 12 files cannot be used: 2 are empty, 1 is a folder.`"""
    refused = sum(survey.refused.values())
    whole = len(survey.usable) + refused + survey.left
    counts = [_reason(why, count) for why, count in survey.refused.items()]
    if survey.left:
        text = n_("%d is too much at once", "%d are too many at once", survey.left)
        counts.append(text % survey.left)
    text = n_("%d of %d files cannot be used: %s.", "%d of %d files cannot be used: %s.", refused)
    return text % (refused + survey.left, whole, ", ".join(counts))


def _reason(why: Why, count: int) -> str:
    text = {
        Why.OTHER_KIND: n_("%d is of another kind", "%d are of another kind", count),
        Why.EMPTY: n_("%d is empty", "%d are empty", count),
        Why.DAMAGED: n_("%d is damaged", "%d are damaged", count),
        Why.TOO_LARGE: n_("%d is too large", "%d are too large", count),
        Why.FOLDER: n_("%d is a folder", "%d are folders", count),
        Why.UNREADABLE: n_("%d cannot be read", "%d cannot be read", count),
    }[why]
    return text % count
