"""Readable texts of a job's inputs: the prompts, and each changed input with both values."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import inline_text, one_line, shortened
from runcomfy_desktop.domain.jobs.run_facts import MAX_PROMPT_CHARS
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import SEED_NAMES, InputKey
from runcomfy_desktop.i18n import n_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.jobs.job import Job

MAX_LISTED = 200
_MAX_VALUE_CHARS = 30
# Beyond these, a text in quotes cannot be told from the list around it.
_SEPARATORS = frozenset(" ,→“”")


def prompt_text(job: Job) -> str:
    """Returns the prompts of a run, each once, with a blank line between them; "" if unknown."""
    return _joined(job, job.facts.prompts)


def negative_prompt_text(job: Job) -> str:
    """Returns the texts of what the run should avoid, as `prompt_text` does."""
    return _joined(job, job.facts.negative_prompts)


def _joined(job: Job, prompts: Mapping[InputKey, str]) -> str:
    texts = (text or job.changes.get(key) for key, text in prompts.items())
    stripped = (text[:MAX_PROMPT_CHARS].strip() for text in texts if isinstance(text, str))
    return "\n\n".join(dict.fromkeys(text for text in stripped if text))


def changed_texts(job: Job) -> list[str]:
    """Returns each changed input, such as `guidance 2.5 → 3.5`, except the seed of the job.

    The value before is left out if it is unknown. Where names repeat, the node is named too. Of
    more than MAX_LISTED inputs, the last entry tells the number of the others.
    """
    counts = Counter(key.name for key in job.changes)
    listed = [each for each in job.changes.items() if not _is_job_seed(job, *each)]
    texts = [
        f"{_label(job, key, is_repeated=counts[key.name] > 1)} {_values_text(job, key, value)}"
        for key, value in listed[:MAX_LISTED]
    ]
    more = len(listed) - len(texts)
    return [*texts, n_("%d more", "%d more", more) % more] if more else texts


def changes_only_seed(job: Job) -> bool:
    """Returns True if the seed is the only input that the run changed."""
    return bool(job.changes) and all(_is_job_seed(job, *each) for each in job.changes.items())


def _is_job_seed(job: Job, key: InputKey, value: Value) -> bool:
    return key.name in SEED_NAMES and job.seed is not None and value == job.seed


def _label(job: Job, key: InputKey, *, is_repeated: bool) -> str:
    title = job.facts.titles.get(key.node_id, "")
    if not title and is_repeated:
        # Jobs of earlier versions have no titles.
        title = f"#{shortened(one_line(key.node_id))}"
    name = shortened(one_line(key.name))
    return f"{one_line(title)} · {name}" if title else name


def _values_text(job: Job, key: InputKey, value: Value) -> str:
    new, earlier = _value_text(value), job.facts.earlier.get(key)
    if earlier is None:
        return new
    old = earlier if earlier == '""' else _text(earlier)
    # Long texts that begin alike are shortened to the same words.
    is_other_text = isinstance(value, str) and one_line(value) != one_line(earlier)
    return f"{old} → {new}" if is_other_text or old != new else new


def _value_text(value: Value) -> str:
    if isinstance(value, MediaFile):
        return shortened(one_line(value.name), 2 * _MAX_VALUE_CHARS)
    if isinstance(value, str):
        return _text(value) if value else '""'
    return inline_text(value)


def _text(text: str) -> str:
    """Returns a text on one short line, in quotes if it is more than one word."""
    line = one_line(text)
    if len(line) > _MAX_VALUE_CHARS:
        line = line[: _MAX_VALUE_CHARS - 1].rstrip() + "…"
    is_bracketed = line.startswith(("[", "{"))
    return f"“{line}”" if _SEPARATORS & set(line) and not is_bracketed else line
