"""Who on a list of people is registered already: by which of their names and addresses they are known."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from common.phones import e164_of, mobile_of
from common.search import fold
from conference.models import Conference
from registrations.models import Delegate, Registration
from registrations.services import Person

#: What two appearances of the same person have in common, such as name and e-mail address.
Key = tuple[str, ...]


@dataclass
class Known:
    """A delegate who is registered already; ``organisation`` is the folded name."""

    pk: int
    registration: int
    state: str
    point: int
    organisation: str
    person: Person


def load(conference: Conference) -> list[Known]:
    """The delegates of all active registrations of ``conference``. One query."""
    rows = Delegate.objects.filter(
        registration__conference=conference,
        registration__state__in=Registration.ACTIVE,
        registration__erased_at=None,
    ).order_by("id")
    return [
        Known(pk, registration, state, point, fold(organisation), Person(name, position, e164_of(phone), email))
        for pk, registration, state, point, organisation, name, position, phone, email in rows.values_list(
            "pk",
            "registration_id",
            "registration__state",
            "registration__bridge_point_id",
            "registration__organisation__name",
            "full_name",
            "position",
            "phone",
            "email",
        )
    ]


@dataclass(frozen=True)
class _Way:
    """One way to know somebody: the key that a person and a delegate who is registered must have in common.

    ``spares_colleagues``: with two different e-mail addresses it is a colleague at the same telephone after all.
    """

    key: Callable[[Person, str], Key | None]
    spares_colleagues: bool = False

    def means(self, person: Person, delegate: Person) -> bool:
        """Whether ``person`` is ``delegate``, given that they have the key in common."""
        return not (self.spares_colleagues and person.email and delegate.email)


#: The surest way first.
_WAYS = (
    _Way(lambda p, unit: (fold(p.full_name), p.email) if p.email else None),
    _Way(lambda p, unit: (fold(p.full_name), p.phone) if p.phone else None),
    _Way(lambda p, unit: (fold(p.full_name), unit)),
    _Way(lambda p, unit: (unit, p.email) if p.email else None),
    _Way(lambda p, unit: (unit, p.phone) if mobile_of(p.phone) else None, spares_colleagues=True),
)


def match(persons: Sequence[tuple[Person, str]], known: Sequence[Known]) -> list[Known | None]:
    """The delegate that each of ``persons`` (with the folded name of their organisation) is; None: somebody new.

    The surest way goes over all of them before the next one, and nobody is taken twice.
    """
    found: list[Known | None] = [None] * len(persons)
    taken: set[int] = set()
    for way in _WAYS:
        by_key = _by_key(way, [delegate for delegate in known if delegate.pk not in taken])
        if not by_key:
            continue
        for place, (person, unit) in enumerate(persons):
            if found[place] is None and (key := way.key(person, unit)):
                found[place] = _first_free(way, person, by_key.get(key, ()), taken)
    return found


def _by_key(way: _Way, known: Iterable[Known]) -> dict[Key, list[Known]]:
    found: dict[Key, list[Known]] = {}
    for delegate in known:
        if key := way.key(delegate.person, delegate.organisation):
            found.setdefault(key, []).append(delegate)
    return found


def _first_free(way: _Way, person: Person, delegates: Iterable[Known], taken: set[int]) -> Known | None:
    """The first of ``delegates`` that ``person`` means and nobody else has taken; it is taken then."""
    for delegate in delegates:
        if delegate.pk not in taken and way.means(person, delegate.person):
            taken.add(delegate.pk)
            return delegate
    return None
