"""Merges the outputs of a result, read again, with the outputs that a job already has."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from runcomfy_desktop.domain.jobs.output import Output

_OutputKey: TypeAlias = "tuple[object, ...]"


def merge_outputs(fresh: tuple[Output, ...], known: tuple[Output, ...]) -> tuple[Output, ...]:
    """Returns the outputs of a result, merged with the known outputs of the job.

    Outputs that are already downloaded are kept, with their current addresses, even if the result
    no longer names them. The fault of a missing file is kept until the file is here.
    """
    before = dict(_keyed_outputs(known))
    here = {key: output for key, output in before.items() if output.path or output.text}
    outputs: list[Output] = []
    for key, output in _keyed_outputs(fresh):
        if key in here:
            outputs.append(replace(here.pop(key), url=output.url))
        else:
            fault = before[key].fault if key in before else ""
            outputs.append(replace(output, fault=output.fault or fault))
    return (*outputs, *here.values())


def _keyed_outputs(outputs: tuple[Output, ...]) -> list[tuple[_OutputKey, Output]]:
    """Pairs each output with a key that does not change when its address is signed again."""
    counts: Counter[_OutputKey] = Counter()
    keyed: list[tuple[_OutputKey, Output]] = []
    for output in outputs:
        name = output.filename or output.url
        key = (output.node_id, output.channel, name, bool(output.url))
        keyed.append(((*key, counts[key]), output))
        counts[key] += 1
    return keyed
