"""The map of the board: the places of the points, in the colours of their states."""

from bridges.map import Map, Place, draw
from control.board import Board, Row


def _place(row: Row) -> Place:
    latitude, longitude = row.point.coordinates or (None, None)
    return Place(
        key=str(row.point.pk),
        label=row.point.label,
        kind=row.point.kind,
        latitude=latitude,
        longitude=longitude,
        note=row.state_words,
        tone=row.state,
    )


def map_of(board: Board) -> Map:
    """The map of the points of ``board``, in the order in which the conference lists them, so that it stands still."""
    rows = sorted(board.rows, key=lambda row: (row.point.position, row.point.pk))
    hub = next((row for row in rows if row.point.is_hub), None)
    return draw([_place(row) for row in rows if row is not hub], _place(hub) if hub else None, uid="board-map")
