"""The result of a poll: for each option hands and devices, in sum and for each bridge point."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from bridges.models import BridgePoint
from control.models import Hands, Poll, Room, Vote


@dataclass(frozen=True)
class OptionResult:
    """What one option got."""

    label: str
    hands: int
    devices: int
    #: Of all hands and votes, in whole per cent; those of all options add up to 100.
    percent: int

    @property
    def total(self) -> int:
        """Hands and votes by device together."""
        return self.hands + self.devices


@dataclass
class PointResult:
    """What one bridge point said; lists have an entry for each option."""

    point: BridgePoint
    labels: list[str]
    hands: list[int]
    devices: list[int]
    #: How many people its room counted; None: nobody did.
    people: int | None = None

    @property
    def cells(self) -> list[tuple[str, int, int]]:
        """For each option its label, hands and devices."""
        return list(zip(self.labels, self.hands, self.devices, strict=True))

    @property
    def is_in_both(self) -> bool:
        """Whether hands were counted there and people of it voted by device as well: some may be counted twice."""
        return bool(sum(self.hands) and sum(self.devices))

    @property
    def has_too_many_hands(self) -> bool:
        """Whether more hands than people were counted."""
        return self.people is not None and sum(self.hands) > self.people


@dataclass(frozen=True)
class Result:
    """How a poll stands."""

    options: list[OptionResult]
    points: list[PointResult] = field(default_factory=list)

    @property
    def hands(self) -> int:
        """All hands."""
        return sum(option.hands for option in self.options)

    @property
    def devices(self) -> int:
        """All votes by device: each person once."""
        return sum(option.devices for option in self.options)

    @property
    def total(self) -> int:
        """Hands and votes together."""
        return self.hands + self.devices

    @property
    def points_in_both(self) -> list[BridgePoint]:
        """Where hands and devices were counted."""
        return [row.point for row in self.points if row.is_in_both]


def _options(poll: Poll, sums: Iterable[tuple[int, int]]) -> list[OptionResult]:
    pairs = list(sums)
    percents = whole_percents([hands + devices for hands, devices in pairs])
    return [
        OptionResult(label, hands, devices, percent)
        for label, (hands, devices), percent in zip(poll.options, pairs, percents, strict=True)
    ]


def whole_percents(counts: Sequence[int]) -> list[int]:
    """What part of their sum each of ``counts`` is, in whole per cent that add up to 100; all 0 where the sum is 0.

    What rounding down leaves over goes to those that lost most by it (largest remainders), of equal ones to the first.
    """
    everything = sum(counts)
    if not everything:
        return [0] * len(counts)
    parts = [divmod(100 * count, everything) for count in counts]
    percents = [whole for whole, _left in parts]
    by_loss = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    for place in by_loss[: 100 - sum(percents)]:
        percents[place] += 1
    return percents


def published(poll: Poll) -> Result:
    """What was published of ``poll``. No query."""
    return Result(_options(poll, [(hands, devices) for hands, devices in poll.result]))


def results(polls: Iterable[Poll], points: Iterable[BridgePoint]) -> dict[int, Result]:
    """How each of ``polls`` stands, by number, with those of ``points`` that said something. Three queries.

    Votes of people whose point is gone count in the sums.
    """
    rows, places = list(polls), {point.pk: point for point in points}
    numbers = [poll.pk for poll in rows]
    hands = list(Hands.objects.filter(poll__in=numbers).values_list("poll", "point", "option", "count"))
    votes = Vote.objects.filter(poll__in=numbers).order_by().values_list("poll", "point", "option")
    devices = list(votes.annotate(people=Count("pk")))
    people = dict(Room.objects.filter(pk__in=places).values_list("pk", "head_count"))
    return {poll.pk: _result(poll, hands, devices, places, people) for poll in rows}


_Row = tuple[int, int | None, int, int]


def _result(
    poll: Poll,
    hands: Iterable[_Row],
    devices: Iterable[_Row],
    places: dict[int, BridgePoint],
    people: dict[int, int | None],
) -> Result:
    width = len(poll.options)
    sums = [[0, 0] for _option in poll.options]
    of_points: dict[int, PointResult] = {}
    for kind, rows in enumerate((hands, devices)):
        for number, place, option, count in rows:
            if number != poll.pk or option >= width:
                continue
            sums[option][kind] += count
            if place in places:
                row = of_points.setdefault(
                    place, PointResult(places[place], poll.options, [0] * width, [0] * width, people.get(place))
                )
                (row.devices if kind else row.hands)[option] += count
    in_order = [of_points[pk] for pk in places if pk in of_points]
    return Result(_options(poll, [(first, second) for first, second in sums]), in_order)


def counted(poll: Poll) -> list[list[int]]:
    """For each option of ``poll`` hands and devices, as they are kept with it. Three queries."""
    return [[option.hands, option.devices] for option in results([poll], [])[poll.pk].options]
