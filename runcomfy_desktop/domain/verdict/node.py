"""Checks one node by itself: its values, and what its links lead to.

Nothing here looks further than to the nodes that are linked, so an edit costs one node.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from runcomfy_desktop.domain.fault import FaultKind
from runcomfy_desktop.domain.input_reading import DYNAMIC_COMBO, DYNAMIC_SLOT
from runcomfy_desktop.domain.verdict.finding import Finding
from runcomfy_desktop.domain.verdict.own_checks import Given, is_link, own_check
from runcomfy_desktop.domain.verdict.types import may_link
from runcomfy_desktop.domain.verdict.values import check_value, remark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.input_reading import Declared
    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.domain.node_class import NodeClass, Output
    from runcomfy_desktop.domain.verdict.own_checks import OwnCheck

_BROKEN = FaultKind.BAD_LINKED_INPUT
# What old versions of ComfyUI's editor wrote beside the inputs; it means nothing and harms nobody.
_LEFTOVERS = frozenset(
    {"upload", "choose file to upload", "control_after_generate", "videopreview"}
)


class Surroundings(Protocol):
    """What a node's check needs to know of the rest."""

    def outputs_of(self, node_id: str) -> tuple[Output, ...] | None:
        """The outputs of a node. Raises KeyError when it is not there; None when unknown."""

    def is_there(self, file: str) -> bool:
        """Whether a file that a node is to load is on the machine."""

    def takes(self, told: Declared, value: Json) -> bool:
        """Whether `value` is fine whatever the class says of it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one node.

    `follows` are the links that ComfyUI goes on along, as pairs of an input's name and a node;
    `sources` are all linked nodes. `breaks` says that ComfyUI's check breaks here, `breaks_early`
    that it does so among the inputs: these come in an order of chance, so some may be left out. The
    program asks for findings and sources; the comparison with ComfyUI's verdicts for the rest, too.
    """

    findings: tuple[Finding, ...] = ()
    follows: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    breaks: bool = False
    breaks_early: bool = False


def look_at(inputs: Mapping[str, Json], told: NodeClass, around: Surroundings) -> Look:
    """What is wrong with a node that has these inputs."""
    return _Looking(inputs, told, around).look()


class _Looking:
    """One node being checked."""

    def __init__(self, inputs: Mapping[str, Json], told: NodeClass, around: Surroundings) -> None:
        self._inputs = inputs
        self._told = told
        self._around = around
        self._declared = told.declared(inputs)
        self._own: OwnCheck = own_check(told.class_type, self._declared)
        self._findings: list[Finding] = []
        self._follows: list[tuple[str, str]] = []
        self._sources: list[str] = []
        self._types: dict[str, Json] = {}
        self._breaks = False

    def look(self) -> Look:
        for name, told in self._declared.items():
            if name not in self._inputs:
                self._miss(told)
                continue
            value = self._inputs[name]
            # A choice that nobody can make is forgotten, whatever stands there.
            if isinstance(value, list) and told.type != DYNAMIC_COMBO:
                self._check_link(told, value)
            else:
                self._check_value(told, value)
        breaks_early = self._breaks
        self._check_own()
        self._add_strangers()
        return Look(
            tuple(self._findings),
            tuple(self._follows),
            tuple(self._sources),
            self._breaks,
            breaks_early,
        )

    def _add(self, finding: Finding | None) -> None:
        if finding is not None:
            self._findings.append(finding)
            self._breaks = self._breaks or finding.raises

    def _miss(self, told: Declared) -> None:
        if told.is_required:
            # A choice that is not made brings no inputs, and ComfyUI forgets that it was asked.
            is_forgotten = told.type in (DYNAMIC_COMBO, DYNAMIC_SLOT)
            kind = FaultKind.REQUIRED_INPUT_MISSING
            self._add(Finding(told.name, kind, accepted=is_forgotten))

    def _check_value(self, told: Declared, value: Json) -> None:
        if told.is_usual(value) or self._around.takes(told, value):
            return
        finding = check_value(told, value, has_own_check=self._own.covers(told.name))
        if finding is not None and finding.kind is FaultKind.NOT_IN_LIST and self._told.is_custom:
            finding = replace(finding, in_doubt=True)
        self._add(finding or remark(told, value))

    def _check_link(self, told: Declared, value: list[Json]) -> None:
        """ComfyUI takes every list for a link, and looks up what it names unseen."""
        if len(value) != 2:
            self._add(Finding(told.name, _BROKEN, value))
            return
        source, slot = value
        try:
            outputs = self._around.outputs_of(source) if isinstance(source, str) else None
        except KeyError:
            outputs = ()
        if not isinstance(source, str) or outputs == () or not isinstance(slot, int):
            self._add(Finding(told.name, _BROKEN, value, got=str(source)[:_SHOWN], raises=True))
            return
        given: Json = None
        if outputs is not None:
            if not -len(outputs) <= slot < len(outputs):
                self._add(Finding(told.name, _BROKEN, value, slot, got=source, raises=True))
                return
            given = outputs[slot].type
            if not self._own.takes_types and not may_link(given, told.type):
                got = given if isinstance(given, str) else "COMBO"
                self._add(Finding(told.name, FaultKind.RETURN_TYPE_MISMATCH, value, got=got))
                self._sources.append(source)
                return
        self._types[told.name] = given
        self._sources.append(source)
        self._follows.append((told.name, source))

    def _check_own(self) -> None:
        """Adds the finding of the class's own check, which is made whatever was found before."""
        own = self._own
        if any(name not in self._inputs for name in own.needs):
            # The missing input itself was found above.
            self._breaks = True
            return
        finding = None
        if own.rule is not None:
            finding = own.rule(Given(self._inputs, self._types, self._around.is_there))
        if finding is not None and not finding.raises:
            finding = replace(finding, refused_at=self._given_to_own())
        self._add(finding)

    def _given_to_own(self) -> tuple[str, ...]:
        """The arguments of the class's own check: a refusal stands at each of them."""
        names = [
            name
            for name, value in self._inputs.items()
            if self._own.covers(name) and (name in self._declared or is_link(value))
        ]
        return (*names, *(["input_types"] if self._own.takes_types else ()))

    def _add_strangers(self) -> None:
        """Inputs that the class does not know; packs of nodes often make some up as they go."""
        if self._told.is_custom or self._own.any_input:
            return
        known = self._told.hidden_names
        for name, value in self._inputs.items():
            # Previews in ComfyUI's own window leave empty texts behind.
            is_empty = value is None or value == ""
            if name not in self._declared and name not in known | _LEFTOVERS and not is_empty:
                self._add(Finding(name, FaultKind.UNKNOWN_INPUT, accepted=True))


_SHOWN = 200
