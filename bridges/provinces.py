"""The table of provinces, kept as a file so that it can be corrected and reviewed."""

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"
_FILE = _DATA / "provinces.csv"


def rows() -> Iterator[dict[str, Any]]:
    """The fields of each Province in ``data/provinces.csv``."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {
                "code": row["code"],
                "name": row["name"],
                "kind": row["kind"],
                "valid_from": date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
                "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                "latitude": float(row["latitude"]),
                "longitude": float(row["longitude"]),
            }


@cache
def successors() -> dict[str, str]:
    """Of each province that is no more, or is called otherwise now: its code, and the code of that in which it lies."""
    with (_DATA / "successors.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["successor"] for row in csv.DictReader(file)}
