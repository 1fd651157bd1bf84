"""Bridge points as people look for them: by kind."""

from dataclasses import dataclass

from bridges.models import BridgePoint, Kind


@dataclass(frozen=True)
class Group:
    """The bridge points of one kind."""

    kind: str
    label: str
    points: list[BridgePoint]


def group_by_kind(points: list[BridgePoint]) -> list[Group]:
    """``points`` by kind, in the order of the kinds, empty kinds left out."""
    groups = [Group(kind.value, str(kind.label), [p for p in points if p.kind == kind]) for kind in Kind]
    return [group for group in groups if group.points]
