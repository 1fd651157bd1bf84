"""Bridge points, their lines, who runs them, and the provinces in which they are."""

from bridges.models.connections import Connection, JoinDetails, SpareLine
from bridges.models.coordinators import Coordinator
from bridges.models.line_tests import Check, LineTest, TestRound
from bridges.models.points import (
    COUNTERS,
    PLACES,
    BridgePoint,
    BridgePointQuerySet,
    Kind,
)
from bridges.models.provinces import Province, ProvinceQuerySet
from bridges.models.start_decisions import StartDecision

__all__ = [
    "COUNTERS",
    "PLACES",
    "BridgePoint",
    "BridgePointQuerySet",
    "Check",
    "Connection",
    "Coordinator",
    "JoinDetails",
    "Kind",
    "LineTest",
    "Province",
    "ProvinceQuerySet",
    "SpareLine",
    "StartDecision",
    "TestRound",
]
