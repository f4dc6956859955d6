"""Whether what one node puts out may go into another's input, by the names of their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.input_declaration import ANY_TYPE, MATCH_TYPE

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


def types_can_link(given: Json, wanted: str | list[Json]) -> bool:
    """Types join several names with commas; one name in common is enough.

    Types that depend on what is linked elsewhere are nobody's business before the run.
    """
    if given == wanted:
        return True
    if ANY_TYPE in (given, wanted) or MATCH_TYPE in (given, wanted):
        return True
    if isinstance(given, list):
        return wanted == "COMBO"
    if not isinstance(given, str) or not isinstance(wanted, str):
        return False
    ours = {each.strip() for each in given.split(",")}
    theirs = {each.strip() for each in wanted.split(",")}
    return ANY_TYPE in ours | theirs or not ours.isdisjoint(theirs)
