"""The essentials of the draft in view: pins, suggested until the user changes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.editor.pin_sets import file_owner, is_limited, owner_of
from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.drafts.pin import (
    MAX_PINS,
    Pin,
    available_pins,
    matched_pins,
    move_pin,
    pin_of,
)
from runcomfy_desktop.domain.essentials.names import essential_names
from runcomfy_desktop.domain.essentials.suggestion import equal_seeds, suggest_essentials
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, DraftTarget, EditorState
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow
    from runcomfy_desktop.store.pins import PinStore

_SUBJECT = "pins"
_MAX_NAMES = 10
_MAX_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class PinsState:
    """Pins of the draft in view that have an input there, in order.

    `owner` identifies the set of pins: a deployment's id, or a file's path with the prefix `file:`.
    `unmatched` are the pins for which this draft has no input now. `is_suggested` is true until
    the user or a preset has set pins. `names` are those of `essential_names`, `equal_seeds` those
    of the function of this name.
    """

    pins: tuple[Pin, ...] = ()
    owner: str = ""
    unmatched: tuple[Pin, ...] = ()
    is_suggested: bool = False
    names: Mapping[InputKey, str] = field(default_factory=dict, hash=False)
    equal_seeds: Mapping[InputKey, tuple[InputKey, ...]] = field(default_factory=dict, hash=False)

    @property
    def own_pins(self) -> tuple[Pin, ...]:
        """Pins that were set by the user or a preset."""
        return () if self.is_suggested else self.pins

    def pin_for(self, key: InputKey) -> Pin | None:
        return next((pin for pin in self.pins if pin.key == key), None)


class Pins:
    """Pins, moves and edits inputs; every command returns at once.

    Publishes `changed`. Stores the pins in `pin_sets` of the draft editor, which applies their
    limits. Keeps a pin if its node is missing, since the workflow may only differ temporarily. The
    first change of suggested pins stores all of them.
    """

    def __init__(self, draft_editor: DraftEditor, store: PinStore, notices: Notices) -> None:
        self.state = PinsState()
        self.changed: Topic[PinsState] = Topic()
        self._draft_editor = draft_editor
        self._store = store
        self._notices = notices
        self._pin_sets = draft_editor.pin_sets
        self._suggest = cache_last(_suggested_pins)
        self._names = cache_last(_names_of_pins)
        self._equal_seeds = cache_last(_equal_seeds_of_pins)
        self._subscriptions = Subscriptions()
        self._subscriptions.add(draft_editor.changed, self._update)

    async def load(self) -> None:
        """Reads the stored pins; call it before anything is pinned."""
        self._pin_sets.update(await self._store.load())
        self._draft_editor.revalidate()
        self._update(self._draft_editor.state)

    async def close(self) -> None:
        self._subscriptions.close()
        await self._store.close()

    # Commands

    def pin(self, *keys: InputKey) -> None:
        """Pins inputs of the draft in view, after the existing pins."""
        draft = self._draft_editor.state.draft
        if draft is None:
            return
        nodes, pinned = draft.workflow.nodes, {pin.key for pin in self.state.pins}
        new_keys = [
            key for key in dict.fromkeys(keys) if key not in pinned and key.node_id in nodes
        ]
        self._add([pin_of(key, draft.workflow) for key in new_keys])

    def choose(self, keys: Sequence[InputKey]) -> None:
        """Pins exactly these inputs of the draft in view; the user can undo this.

        Pinned inputs keep their places, labels and limits; the others follow.
        """
        draft = self._draft_editor.state.draft
        if draft is None:
            return
        shown = {pin.key for pin in self.state.pins}
        kept = [pin for pin in self._current_pins() if pin.key not in shown or pin.key in keys]
        kept += [pin_of(key, draft.workflow) for key in keys if key not in shown]
        if tuple(kept) != tuple(self._current_pins()):
            self._replace(kept, undo=_("The essentials were changed."))

    def suggested_keys(self) -> tuple[InputKey, ...]:
        """Returns the inputs that are suggested for the draft in view, chosen or not."""
        draft = self._draft_editor.state.draft
        return () if draft is None else tuple(pin.key for pin in self._suggestion(draft))

    def restore_suggestion(self) -> None:
        """Removes all pins of the draft in view, so that they are suggested; can be undone."""
        if not self.state.is_suggested:
            self._replace(None, undo=_("The suggested essentials are back."))

    def unpin(self, *keys: InputKey) -> None:
        """Removes pins; the user can undo this."""
        removed = {index for index, pin in self._matched().items() if pin.key in keys}
        if not removed:
            return
        text = n_(
            "%d input was removed from Essentials.",
            "%d inputs were removed from Essentials.",
            len(removed),
        )
        pins = tuple(pin for index, pin in enumerate(self._own_pins()) if index not in removed)
        self._replace(pins, undo=text % len(removed))

    def unpin_unmatched(self) -> None:
        """Removes the pins that have no input in the draft in view; the user can undo this."""
        unmatched = self.state.unmatched
        if not unmatched:
            self._notices.post_info(_("Every essential has its input here."))
            return
        shown = {pin.key for pin in self.state.pins}
        matched = self._matched()
        pins = [
            pin
            for index, pin in enumerate(self._own_pins())
            if index in matched and matched[index].key in shown
        ]
        text = n_(
            "%d essential without an input was removed.",
            "%d essentials without an input were removed.",
            len(unmatched),
        )
        self._replace(pins, undo=text % len(unmatched), detail=_names_of(unmatched))

    def move(self, key: InputKey, to: int) -> None:
        """Moves a pin to a position among the pins shown."""
        positions = {pin.key: index for index, pin in self._matched().items()}
        shown = [positions[pin.key] for pin in self.state.pins]
        if key not in positions or not shown:
            return
        target = shown[min(max(to, 0), len(shown) - 1)]
        self._replace(move_pin(self._current_pins(), positions[key], target))

    def edit(self, pin: Pin, draft_target: DraftTarget | None = None) -> None:
        """Changes the name, hint and limits of a pin.

        `draft_target` is the pin's draft, which need not be in view; None means the draft in view.
        """
        draft = self._draft_editor.state.draft if draft_target is None else draft_target.draft
        if draft is None:
            return
        matched, pins = self._matched(draft), self._current_pins(draft)
        position = next((index for index, each in matched.items() if each.key == pin.key), None)
        if position is None:
            pins.append(pin)
        elif pins[position] != pin:
            pins[position] = pin
        else:
            return
        text = _("The label and limits were changed.")
        self._replace(pins, undo=text, owner=owner_of(draft))

    def adopt(self, pins: Sequence[Pin]) -> Callable[[], None] | None:
        """Adopts the pins of a preset; they replace pins of the same inputs, and suggested pins.

        Returns a function that undoes it, provided the pins have not changed since; None if
        adopting changed nothing.
        """
        draft = self._draft_editor.state.draft
        if draft is None:
            return None
        found = list(matched_pins(pins, draft.workflow).values())
        by_key = {pin.key: pin for pin in found}
        matched = self._pin_sets.matched(draft)
        positions = {pin.key: index for index, pin in matched.items()}
        owner = owner_of(draft)
        before = self._pin_sets.get(owner)
        own = [matched.get(index, pin) for index, pin in enumerate(before or ())]
        own = [
            pin if positions.get(pin.key) != index else by_key.get(pin.key, pin)
            for index, pin in enumerate(own)
        ]
        new_pins = [pin for pin in found if pin.key not in positions]
        if not found or (*own, *new_pins) == before:
            return None
        self._replace((*own, *new_pins))
        adopted = self._pin_sets.get(owner)

        def undo() -> None:
            if self._pin_sets.get(owner) == adopted:
                self._set(owner, before)

        return undo

    def transfer(self, moved: tuple[str, str]) -> None:
        """Moves the pins of a deleted deployment to the file that its drafts were moved to."""
        deployment_id, path = moved
        pins = self._pin_sets.pop(deployment_id, None)
        if pins is not None:
            self._pin_sets.setdefault(file_owner(path), pins)
            self._store.save(dict(self._pin_sets))

    # Internals

    def _own_pins(self, draft: Draft | None = None) -> tuple[Pin, ...]:
        """Returns all pins of a draft (None: the one in view), as stored, or else suggested."""
        state = self._draft_editor.state
        draft = draft or state.draft
        if draft is None:
            return ()
        stored = self._pin_sets.get(owner_of(draft))
        if stored is not None:
            return stored
        return self._suggestion(draft)

    def _suggestion(self, draft: Draft) -> tuple[Pin, ...]:
        state = self._draft_editor.state
        is_in_view = state.draft is not None and draft.key == state.draft.key
        payload = None if state.deployment is None else state.deployment.payload
        has_examples = is_in_view and payload is not None and not draft.source.is_file
        return self._suggest(
            draft.workflow,
            state.schema if is_in_view else None,
            payload.overrides if has_examples and payload is not None else None,
        )

    def _matched(self, draft: Draft | None = None) -> Mapping[int, Pin]:
        """Returns the pins that have a node in a draft, by their index among all."""
        draft = draft or self._draft_editor.state.draft
        if draft is None:
            return {}
        if owner_of(draft) in self._pin_sets:
            return self._pin_sets.matched(draft)
        return dict(enumerate(self._own_pins(draft)))

    def _current_pins(self, draft: Draft | None = None) -> list[Pin]:
        """Returns all pins of a draft, matched to their current nodes."""
        matched = self._matched(draft)
        return [matched.get(index, pin) for index, pin in enumerate(self._own_pins(draft))]

    def _add(self, new_pins: Sequence[Pin]) -> None:
        pins = (*self._current_pins(), *new_pins)
        if len(pins) > MAX_PINS:
            text = _("Essentials can show no more than %d inputs of a workflow.")
            self._notices.post_info(text % MAX_PINS, _("Remove some of them first."))
        elif new_pins:
            self._replace(pins)

    def _replace(
        self, pins: Iterable[Pin] | None, *, undo: str = "", detail: str = "", owner: str = ""
    ) -> None:
        """Replaces the pins; None restores the suggestion.

        With `undo`, posts a notice with that text and an Undo button. Pass `owner` if the pins do
        not belong to the draft in view.
        """
        draft = self._draft_editor.state.draft
        owner = owner or ("" if draft is None else owner_of(draft))
        before = self._pin_sets.get(owner)
        self._set(owner, None if pins is None else tuple(pins)[:MAX_PINS])
        if undo:
            self._notices.post(
                Notice(
                    NoticeLevel.INFO,
                    undo,
                    detail,
                    action_text=_("Undo"),
                    action=lambda: self._set(owner, before),
                    subject=_SUBJECT,
                )
            )

    def _set(self, owner: str, pins: tuple[Pin, ...] | None) -> None:
        before = self._pin_sets.get(owner)
        if pins == before or not owner:
            return
        if pins is None:
            del self._pin_sets[owner]
        else:
            self._pin_sets[owner] = pins
        self._store.save(dict(self._pin_sets))
        if _limits(before or ()) != _limits(pins or ()):
            self._draft_editor.revalidate()
        self._update(self._draft_editor.state)

    def _update(self, state: EditorState) -> None:
        draft = state.draft
        state_now = PinsState()
        if draft is not None:
            owner, matched = owner_of(draft), self._matched(draft)
            pins = available_pins(matched.values(), draft, state.schema) if matched else ()
            # Equal pins are the same object, so that their names are cached.
            pins = self.state.pins if pins == self.state.pins else pins
            state_now = PinsState(
                pins,
                owner,
                self._unmatched(draft, matched, pins),
                owner not in self._pin_sets,
                self._names(pins, draft.workflow, state.schema),
                self._equal_seeds(pins, draft.workflow, state.schema),
            )
        if state_now != self.state:
            self.state = state_now
            self.changed.publish(state_now)

    def _unmatched(
        self, draft: Draft, matched: Mapping[int, Pin], shown: Sequence[Pin]
    ) -> tuple[Pin, ...]:
        matched_keys = {pin.key for pin in shown}
        return tuple(
            pin
            for index, pin in enumerate(self._own_pins(draft))
            if index not in matched or matched[index].key not in matched_keys
        )


def _suggested_pins(
    workflow: Workflow, schema: NodeSchema | None, overrides: Json
) -> tuple[Pin, ...]:
    keys = suggest_essentials(workflow, schema, overrides)[:MAX_PINS]
    return tuple(pin_of(key, workflow) for key in keys)


def _names_of_pins(
    pins: tuple[Pin, ...], workflow: Workflow, schema: NodeSchema | None
) -> Mapping[InputKey, str]:
    return essential_names([pin.key for pin in pins], workflow, schema)


def _equal_seeds_of_pins(
    pins: tuple[Pin, ...], workflow: Workflow, schema: NodeSchema | None
) -> Mapping[InputKey, tuple[InputKey, ...]]:
    return equal_seeds([pin.key for pin in pins], workflow, schema)


def _names_of(pins: Sequence[Pin]) -> str:
    names = [
        one_line(pin.label or f"{pin.title or pin.class_type} · {pin.key.name}") for pin in pins
    ]
    more = len(names) - _MAX_NAMES
    if more > 0:
        names[_MAX_NAMES:] = [n_("%d more", "%d more", more) % more]
    return ", ".join(name[:_MAX_NAME_CHARS] for name in names)


def _limits(pins: Iterable[Pin]) -> list[Pin]:
    return [replace(pin, label="", hint="") for pin in pins if is_limited(pin)]
