"""Foretells ComfyUI's answer to a whole graph: refused or taken, and which nodes it complains of.

The program checks node by node; only the comparison with ComfyUI's own verdicts asks for a whole
graph's. It begins at every node that makes results and follows the links; what leads nowhere is not
checked. Where its own check breaks it names the node that broke, and an input that led there: which
one is by chance, as ComfyUI goes through inputs and outputs in the order of hashes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fault import FaultKind
from runcomfy_desktop.domain.verdict.node import Look, look_at
from runcomfy_desktop.domain.verdict.own_checks import NO_FILE, OWN_CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from runcomfy_desktop.domain.input_reading import Declared
    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from runcomfy_desktop.domain.node_class import NodeClass, Output
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.verdict.finding import Finding

REFUSED = "prompt_outputs_failed_validation"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One entry of `node_errors`; `name` is the input that ComfyUI names, "" for none.

    `ways` are the names and kinds that it may have, where that is by chance. One that is not
    `certain` is only found when the hashes are so that its node is reached.
    """

    node_id: str
    name: str
    kind: FaultKind
    certain: bool = True
    ways: frozenset[tuple[str, FaultKind]] = frozenset()

    def is_same(self, node_id: str, name: str, kind: str) -> bool:
        """Whether an entry of `node_errors` is this one."""
        if node_id != self.node_id:
            return False
        ways = self.ways or {(self.name, self.kind)}
        return any((name, kind) == (each, it.value) for each, it in ways)


@dataclass(frozen=True, slots=True)
class Verdict:
    """ComfyUI's answer: `error` is the type of the refusal, "" when there is none."""

    status: int
    error: str = ""
    complaints: tuple[Complaint, ...] = ()


class Files:
    """Which files are on the machine: those that the classes which load some offer."""

    def __init__(self, schema: Schema) -> None:
        self._names = frozenset(_offered(schema))

    def __contains__(self, file: str) -> bool:
        # The folder itself is there as well, which ComfyUI takes for a file.
        name = file[: -len(_MARK)].rstrip() if file.endswith(_MARK) else file
        return name in self._names or name in ("", ".", "..")


_MARK = "[input]"


def _offered(schema: Schema) -> Iterator[str]:
    for class_type, own in OWN_CHECKS.items():
        told = schema.node_class(class_type)
        declared = {} if told is None else told.declared({})
        if own.file in declared:
            choices = declared[own.file].spec.choices
            yield from (str(each) for each in choices if each not in NO_FILE)


class _Plain:
    """A graph as a ComfyUI of one's own sees it."""

    def __init__(self, graph: Mapping[str, JsonObject], schema: Schema) -> None:
        self._graph = graph
        self._schema = schema
        self._files: Files | None = None

    def outputs_of(self, node_id: str) -> tuple[Output, ...] | None:
        told = self.class_of(node_id)
        return None if told is None else told.outputs

    def is_there(self, file: str) -> bool:
        if self._files is None:
            self._files = Files(self._schema)
        return file in self._files

    def takes(self, told: Declared, value: Json) -> bool:
        return False

    def class_of(self, node_id: str) -> NodeClass | None:
        class_type = self._graph[node_id].get("class_type")
        return self._schema.node_class(class_type) if isinstance(class_type, str) else None


def judge_body(body: Json, schema: Schema) -> Verdict:
    """The answer to the body of `POST /prompt`, read as JSON."""
    if not isinstance(body, dict):
        return Verdict(500)
    if "prompt" not in body:
        return Verdict(400, "no_prompt")
    if body.get("prompt_id") is not None and not _is_uuid(body["prompt_id"]):
        return Verdict(400, "invalid_prompt_id")
    return judge(body["prompt"], schema)


def judge(graph: Json, schema: Schema) -> Verdict:
    """The answer of plain ComfyUI to a graph in the API format."""
    if not isinstance(graph, dict):
        return Verdict(500)
    replaced = _replaced(graph, schema)
    if replaced is None:
        return Verdict(500)
    nodes: dict[str, JsonObject] = {}
    outputs: list[str] = []
    for node_id, raw in replaced.items():
        class_type = raw.get("class_type") if isinstance(raw, dict) else None
        told = schema.node_class(class_type) if isinstance(class_type, str) else None
        if told is None or not isinstance(raw, dict):
            return _unknown(raw)
        nodes[node_id] = raw
        if told.is_output:
            outputs.append(node_id)
    if not outputs:
        return Verdict(400, FaultKind.NO_OUTPUTS.value)
    around = _Plain(nodes, schema)
    walk = Walk(_Looks(nodes, around))
    good = [node_id for node_id in outputs if walk.is_good(node_id)]
    complaints = tuple(walk.complaints(outputs))
    return Verdict(200 if good else 400, "" if good else REFUSED, complaints)


def _replaced(graph: JsonObject, schema: Schema) -> JsonObject | None:
    """The graph with other classes in place of those that are not there; None where that breaks."""
    replaced = dict(graph)
    for node_id, raw in graph.items():
        if not isinstance(raw, dict) or "class_type" not in raw or "inputs" not in raw:
            continue
        class_type, inputs = raw["class_type"], raw["inputs"]
        if isinstance(class_type, list | dict) or not isinstance(inputs, dict):
            return None
        found = schema.replacement(class_type) if isinstance(class_type, str) else None
        if found is None:
            continue
        if not found.names.keys() <= inputs.keys() or not isinstance(raw.get("_meta"), dict | list):
            return None
        inputs = found.carried(inputs)
        replaced[node_id] = {**raw, "class_type": found.class_type, "inputs": inputs}
    return replaced


def _unknown(raw: Json) -> Verdict:
    """The answer to a node whose class is not there: the title is looked up for it, unseen."""
    is_odd = not isinstance(raw, dict) or isinstance(raw.get("class_type"), list | dict)
    if is_odd or not isinstance(raw, dict) or not isinstance(raw.get("_meta", {}), dict):
        return Verdict(500)
    return Verdict(400, FaultKind.MISSING_NODE_TYPE.value)


class _Looks(dict[str, Look]):
    """Looks at a node when it is first asked for."""

    def __init__(self, nodes: Mapping[str, JsonObject], around: _Plain) -> None:
        super().__init__()
        self._nodes = nodes
        self._around = around

    def __missing__(self, node_id: str) -> Look:
        raw, told = self._nodes[node_id], self._around.class_of(node_id)
        inputs = raw.get("inputs")
        if told is not None and isinstance(inputs, dict):
            self[node_id] = look_at(inputs, told, self._around)
        else:
            self[node_id] = Look(breaks=True)
        return self[node_id]


@dataclass(slots=True)
class _Step:
    """One node on the way down: which link is next, and whether all before were good."""

    node_id: str
    look: Look
    at: int = 0
    is_good: bool = True


class Walk:
    """The way ComfyUI takes through the nodes, each checked once however many links lead there."""

    def __init__(self, looks: dict[str, Look]) -> None:
        self.looks = looks
        self._done: dict[str, tuple[bool, list[Complaint]]] = {}

    def is_good(self, output: str) -> bool:
        """Whether what leads to a node that makes results can run."""
        if output in self._done:
            return self._done[output][0]
        steps = [_Step(output, self.looks[output])]
        while steps:
            step = steps[-1]
            if step.at < len(step.look.follows):
                self._follow(step, steps)
                continue
            steps.pop()
            behind = steps[-1] if steps else None
            if step.look.breaks:
                self._break(step, behind)
            else:
                self._finish(step)
            if behind is not None:
                behind.is_good = behind.is_good and self._done[step.node_id][0]
                behind.at += 1
        return self._done[output][0]

    def complaints(self, outputs: Iterable[str]) -> Iterator[Complaint]:
        """All that ComfyUI lists, and what it may list besides."""
        roots = frozenset(outputs)
        ways: dict[str, set[tuple[str, FaultKind]]] = {}
        for node_id in self._done:
            for name, source in self.looks[node_id].follows:
                ways.setdefault(source, set()).add((name, FaultKind.INNER_EXCEPTION))
        certain = self._certain(roots)
        for node_id, (_is_good, complaints) in self._done.items():
            for each in complaints:
                found = replace(each, certain=node_id in certain)
                if each.kind in (FaultKind.EXCEPTION, FaultKind.INNER_EXCEPTION):
                    own = {("", FaultKind.EXCEPTION)} if node_id in roots else set()
                    found = replace(found, ways=frozenset(ways.get(node_id, set()) | own))
                yield found

    def _certain(self, roots: Iterable[str]) -> frozenset[str]:
        """The nodes that are reached whatever the order; one that breaks may stop before a link."""
        found: set[str] = set()
        open_ends = list(roots)
        while open_ends:
            node_id = open_ends.pop()
            if node_id not in found:
                found.add(node_id)
                look = self.looks[node_id]
                if not look.breaks_early:
                    open_ends += [source for _name, source in look.follows]
        return frozenset(found)

    def _follow(self, step: _Step, steps: list[_Step]) -> None:
        _name, source = step.look.follows[step.at]
        if source not in self._done:
            on_the_way = [each.node_id for each in steps]
            if source not in on_the_way:
                steps.append(_Step(source, self.looks[source]))
                return
            self._mark_cycle(on_the_way[on_the_way.index(source) :])
        step.is_good = step.is_good and self._done[source][0]
        step.at += 1

    def _mark_cycle(self, node_ids: Iterable[str]) -> None:
        for node_id in node_ids:
            self._done[node_id] = (False, [Complaint(node_id, "", FaultKind.CYCLE)])

    def _break(self, step: _Step, behind: _Step | None) -> None:
        if behind is None:
            broken = Complaint(step.node_id, "", FaultKind.EXCEPTION)
        else:
            name = behind.look.follows[behind.at][0]
            broken = Complaint(step.node_id, name, FaultKind.INNER_EXCEPTION)
        self._done[step.node_id] = (False, [broken])

    def _finish(self, step: _Step) -> None:
        found = [
            complaint
            for each in step.look.findings
            if not each.accepted
            for complaint in _complaints(step.node_id, each)
        ]
        was_good, earlier = self._done.get(step.node_id, (True, []))
        is_good = was_good and step.is_good and not found
        self._done[step.node_id] = (is_good, [*earlier, *found])


def _complaints(node_id: str, finding: Finding) -> Iterator[Complaint]:
    if not finding.refused_at:
        yield Complaint(node_id, finding.name, finding.kind)
    for name in finding.refused_at:
        yield Complaint(node_id, name, FaultKind.CUSTOM_VALIDATION)


def _is_uuid(text: Json) -> bool:
    if not isinstance(text, str) or len(text) != 36:
        return False
    parts = text.split("-")
    is_hex = all(each in "0123456789abcdef" for each in "".join(parts))
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and is_hex
