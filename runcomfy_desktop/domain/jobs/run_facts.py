"""Facts about the inputs of a run, which are stored with its job and shown with its results.

The values that a job sends are its `changes`. These facts add what is otherwise known only while
the workflow is open: the values before, the titles of nodes, and the prompts that were not changed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import list_or_empty, object_or_empty
from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.base.plain_text import inline_text, one_line, shortened
from runcomfy_desktop.domain.drafts.draft import changes_from_json, changes_to_json
from runcomfy_desktop.domain.media.signed_urls import strip_signatures
from runcomfy_desktop.domain.workflow.workflow import InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft, Value
    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow

MAX_EARLIER_CHARS = 2_000
MAX_PROMPT_CHARS = 20_000
MAX_PROMPTS = 4
MAX_TITLE_CHARS = 60
# More are not read next to a picture; the changes themselves are all kept.
_MAX_FACTS = 200
# A file embedded in an input: as a data URL, or as bare Base64.
_EMBEDDED_DATA = re.compile(r"^data:|;base64,|[A-Za-z0-9+/_=-]{512}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Facts about the inputs of a run; all empty for jobs that were stored without them.

    `earlier` are the deployed values of changed inputs as short texts. `titles` are the titles of
    changed nodes that have an input of the same name as another node. `prompts` and
    `negative_prompts` are the texts of the prompts, "" for one that is among the job's changes.
    `first_outputs` are the ids of the nodes whose results the workflow's author shows first.
    """

    earlier: Mapping[InputKey, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[InputKey, str] = field(default_factory=dict)
    negative_prompts: Mapping[InputKey, str] = field(default_factory=dict)
    first_outputs: tuple[str, ...] = ()


def run_facts_of(draft: Draft) -> RunFacts:
    """Returns the facts about a run of a draft that is reduced to what is sent."""
    changed = list(islice(draft.changes, _MAX_FACTS))
    earlier = ((key, _earlier_text(draft.workflow.value(key))) for key in changed)
    prompts = draft.prompt_inputs
    positive = _prompts(draft, prompts.positive[:MAX_PROMPTS])
    choices = draft.workflow.author_choices
    return RunFacts(
        earlier={key: text for key, text in earlier if text},
        titles=_titles(draft, changed),
        prompts=positive,
        negative_prompts=_prompts(draft, prompts.negative[: MAX_PROMPTS - len(positive)]),
        first_outputs=() if choices is None else choices.output_ids[:_MAX_FACTS],
    )


def _earlier_text(value: Json) -> str:
    """Returns a deployed value as text; "" if it is linked, a file in itself, or missing."""
    if not isinstance(value, str):
        return "" if value is None or link_of(value) is not None else inline_text(value)
    text = _without_data(value, MAX_EARLIER_CHARS)
    return text if text or value else '""'


def _without_data(text: str, max_chars: int) -> str:
    head = shortened(text, max_chars)
    if _EMBEDDED_DATA.search(head) is not None:
        return ""
    # A signed address grants access, and the job needs only its own values.
    stripped = strip_signatures(head)
    return stripped if isinstance(stripped, str) else ""


def _prompts(draft: Draft, keys: Iterable[InputKey]) -> dict[InputKey, str]:
    found = {}
    for key in keys:
        text = "" if key in draft.changes else _deployed_prompt(draft, key)
        if text or key in draft.changes:
            found[key] = text
    return found


def _deployed_prompt(draft: Draft, key: InputKey) -> str:
    value = draft.workflow.value(key)
    return _without_data(value, MAX_PROMPT_CHARS) if isinstance(value, str) else ""


def _titles(draft: Draft, keys: Iterable[InputKey]) -> dict[str, str]:
    """Returns the titles of the nodes that are needed to tell inputs of the same name apart."""
    by_name, by_title = _name_counts(draft.workflow)
    found = {}
    for key in keys:
        node = draft.workflow.nodes.get(key.node_id)
        if node is not None and by_name[key.name] > 1:
            title = _title(node)
            if by_title[title, key.name] > 1:
                title = f"{title} #{shortened(one_line(key.node_id))}"
            found[key.node_id] = title
    return found


def _title(node: Node) -> str:
    return shortened(one_line(node.title) or one_line(node.class_type), MAX_TITLE_CHARS)


# The runs of a batch have the same workflow.
@cache_last
def _name_counts(workflow: Workflow) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Returns how many inputs with a value have each name, and each title and name."""
    by_name: Counter[str] = Counter()
    by_title: Counter[tuple[str, str]] = Counter()
    for node in workflow.nodes.values():
        title = _title(node)
        for name, value in node.inputs.items():
            if link_of(value) is None:
                by_name[name] += 1
                by_title[title, name] += 1
    return by_name, by_title


def run_facts_to_json(facts: RunFacts) -> JsonObject:
    """Returns the facts in the form in which they are stored, without empty ones."""
    members: JsonObject = {
        "earlier": changes_to_json(facts.earlier),
        "titles": dict(facts.titles),
        "prompts": changes_to_json(facts.prompts),
        "negative_prompts": changes_to_json(facts.negative_prompts),
        "first_outputs": list(facts.first_outputs),
    }
    return {name: value for name, value in members.items() if value}


def run_facts_from_json(tree: Json) -> RunFacts:
    """Reverses `run_facts_to_json`; leaves out anything that is not in its form."""
    members = object_or_empty(tree)
    titles = object_or_empty(members.get("titles"))
    return RunFacts(
        earlier=_texts(members.get("earlier"), MAX_EARLIER_CHARS, _MAX_FACTS),
        titles={
            node_id: shortened(title, 2 * MAX_TITLE_CHARS)
            for node_id, title in islice(titles.items(), _MAX_FACTS)
            if isinstance(title, str)
        },
        prompts=_texts(members.get("prompts"), MAX_PROMPT_CHARS, MAX_PROMPTS),
        negative_prompts=_texts(members.get("negative_prompts"), MAX_PROMPT_CHARS, MAX_PROMPTS),
        first_outputs=tuple(
            node_id
            for node_id in list_or_empty(members.get("first_outputs"))[:_MAX_FACTS]
            if isinstance(node_id, str)
        ),
    )


def _texts(tree: Json, max_chars: int, max_count: int) -> dict[InputKey, str]:
    values: dict[InputKey, Value] = changes_from_json(tree)
    texts = ((key, value) for key, value in values.items() if isinstance(value, str))
    return {key: shortened(text, max_chars) for key, text in islice(texts, max_count)}
