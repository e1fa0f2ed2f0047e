"""What the findings say of each slot and node, as a mark to draw there. Knows no widgets."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from moeplanner_gui.core.assessment import Finding, Severity
from moeplanner_gui.core.checks.dismissed import WORDS
from moeplanner_gui.core.checks.listed import HEADINGS, SEVERITIES
from moeplanner_gui.core.checks.subjects import places_of
from moeplanner_gui.core.checks.wiring import narrow_cards
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import comma_joined, lowered
from moeplanner_gui.ui.theme import Theme

_ALL_CARDS = frozenset({"cards_share_lanes", "link_wider_than_host"})
"""Said of a node and about the link of each of its cards."""
_NARROW = frozenset({"narrow_slot", "cards_on_risers"})
"""Said of a node and about those of its cards that get less than they could have."""
ABOUT_THE_LINK = _ALL_CARDS | _NARROW
"""These are shown on the words for the slot's bus as well."""
_ICONS = {"error": "error", "warning": "warning", "note": "info"}
Place = tuple[int, int | None]


@dataclass(frozen=True)
class FindingMark:
    """The findings on one slot or node, the worst first."""

    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        """The worst severity: the one that is drawn."""
        return self.findings[0].severity

    @property
    def icon(self) -> str:
        """The icon of the worst severity."""
        return _ICONS[self.severity]

    def ink(self, theme: Theme) -> str:
        """The colour of icon and words; a note stays quiet."""
        return {"error": theme.error, "warning": theme.warn, "note": theme.text2}[self.severity]

    @property
    def link(self) -> FindingMark | None:
        """What is said about the slot's bus."""
        about = tuple(f for f in self.findings if f.code in ABOUT_THE_LINK)
        return FindingMark(about) if about else None

    @property
    def counted(self) -> str:
        """``"1 check, 2 notes"``, for the end of an accessible name."""
        return _counted(tuple(f.severity for f in self.findings))

    @property
    def lines(self) -> str:
        """Every finding with its word, one a line."""
        return "\n".join(f"{WORDS[f.severity]}: {f.message}" for f in self.findings)


@lru_cache(maxsize=256)
def _counted(severities: tuple[Severity, ...]) -> str:
    parts = []
    for severity in SEVERITIES:
        count = severities.count(severity)
        if count:
            parts.append(f"{count} {lowered(HEADINGS[severity][count > 1])}")
    return comma_joined(parts)


def _slots_meant(code: str, node: Node, catalog: CatalogReader) -> Iterable[int]:
    """The slots of a node that something said of the node is about."""
    if code in _ALL_CARDS:
        return range(len(node.gpus))
    if code in _NARROW:
        return sorted({slot for narrow in narrow_cards(node, catalog) for slot in narrow.slots})
    return ()


def finding_marks(
    findings: Iterable[Finding], plan: Plan, catalog: CatalogReader
) -> dict[Place, FindingMark]:
    """The mark of each slot and node (slot None) that a finding is about."""
    found: dict[Place, list[Finding]] = {}
    # Every node is asked for each finding about it, and a rack has many nodes that are alike.
    meant: dict[tuple[str, Node], tuple[int, ...]] = {}
    for finding in findings:
        for place in places_of(finding.subject, plan, catalog):
            found.setdefault(place, []).append(finding)
            if place[1] is not None or finding.code not in ABOUT_THE_LINK:
                continue
            key = (finding.code, plan.rig.nodes[place[0]])
            if key not in meant:
                meant[key] = tuple(_slots_meant(*key, catalog))
            for slot in meant[key]:
                found.setdefault((place[0], slot), []).append(finding)
    return {
        place: FindingMark(tuple(sorted(said, key=lambda f: SEVERITIES.index(f.severity))))
        for place, said in found.items()
    }
