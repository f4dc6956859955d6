"""Many files in one sentence: how many cannot be used and why, and what becomes of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.media.media_refusals import MediaRefusalReason
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from runcomfy_desktop.core.media.media_store import MediaSurvey


def survey_text(survey: MediaSurvey, setting: LargePictures) -> str:
    """Returns the facts that a user needs to choose what becomes of several files; `setting` is how
    large ones of this kind are sent."""
    parts = [refused_text(survey)] if survey.refused or survey.unchecked else []
    if survey.large:
        parts.append(_large_files_text(survey.large, setting) % survey.large)
    return " ".join(parts) or _("This input takes one file at a time.")


def _large_files_text(count: int, setting: LargePictures) -> str:
    if setting is LargePictures.SHRINK:
        return n_(
            "%d is above the recommended size; it is shrunk when it is sent.",
            "%d are above the recommended size; they are shrunk when they are sent.",
            count,
        )
    if setting is LargePictures.ASK:
        return n_(
            "%d is above the recommended size; Run asks how to send it.",
            "%d are above the recommended size; Run asks how to send them.",
            count,
        )
    if setting is LargePictures.ADDRESS:
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


def refused_text(survey: MediaSurvey) -> str:
    """`3 of 12 files cannot be used: 2 are empty, 1 is a folder.`"""
    refused = sum(survey.refused.values())
    total = len(survey.usable) + refused + survey.unchecked
    counts = [_reason_text(reason, count) for reason, count in survey.refused.items()]
    if survey.unchecked:
        text = n_("%d is too much at once", "%d are too many at once", survey.unchecked)
        counts.append(text % survey.unchecked)
    text = n_("%d of %d files cannot be used: %s.", "%d of %d files cannot be used: %s.", refused)
    return text % (refused + survey.unchecked, total, ", ".join(counts))


def _reason_text(reason: MediaRefusalReason, count: int) -> str:
    text = {
        MediaRefusalReason.OTHER_KIND: n_("%d is of another kind", "%d are of another kind", count),
        MediaRefusalReason.EMPTY: n_("%d is empty", "%d are empty", count),
        MediaRefusalReason.DAMAGED: n_("%d is damaged", "%d are damaged", count),
        MediaRefusalReason.TOO_LARGE: n_("%d is too large", "%d are too large", count),
        MediaRefusalReason.FOLDER: n_("%d is a folder", "%d are folders", count),
        MediaRefusalReason.UNREADABLE: n_("%d cannot be read", "%d cannot be read", count),
    }[reason]
    return text % count
