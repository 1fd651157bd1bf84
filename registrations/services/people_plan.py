"""Who stays on the list of a registration, who leaves it and who comes: decided here, carried out in people.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from common.phones import e164_of
from registrations.models import Delegate, Registration
from registrations.same_person import is_same
from registrations.services.common import ChangedMeanwhile, PersonInDoubt, RegistrationRefused
from registrations.services.new_registration import Person


@dataclass(frozen=True)
class Change:
    """A delegate as they are to be; ``delegate`` None for a new one.

    ``same``: whether it is the same person, as answered by whoever changes it; it counts where name and addresses
    leave it in doubt (``registrations/same_person.py``). None: nobody was asked.
    """

    person: Person
    delegate: int | None = None
    same: bool | None = None


@dataclass(frozen=True)
class Plan:
    """Who stays, leaves and comes: the delegates ``there`` by number, and the ``people`` who are to be there.

    Raises:
        RegistrationRefused: somebody is named twice, or is not there any more.
        PersonInDoubt: nobody has said whether somebody is the same person.
    """

    there: Mapping[int, Delegate]
    people: Sequence[Change]
    #: Whether those who are there and not among ``people`` stay as they are; otherwise they leave.
    keeps_others: bool = False

    def __post_init__(self) -> None:
        named = [change.delegate for change in self.people if change.delegate is not None]
        if not set(named) <= set(self.there) or len(named) > len(set(named)):
            raise RegistrationRefused(_("This list has changed meanwhile. Please look at it once more."))
        if in_doubt := [delegate for delegate, _person, same in self._named if same is None]:
            raise PersonInDoubt(in_doubt)

    @cached_property
    def _named(self) -> list[tuple[Delegate, Person, bool | None]]:
        """The delegates in whose place somebody is to stand, and whether that is the same person."""
        named = [(self.there[one.delegate], one) for one in self.people if one.delegate is not None]
        return [(delegate, one.person, is_same(delegate, one.person, one.same)) for delegate, one in named]

    @property
    def staying(self) -> list[tuple[Delegate, Person]]:
        """The delegates who stay, each with what is to be stored about them."""
        return [(delegate, person) for delegate, person, same in self._named if same]

    @property
    def replaced(self) -> list[tuple[Delegate, Person]]:
        """The delegates in whose place somebody else comes, and who that is."""
        return [(delegate, person) for delegate, person, same in self._named if not same]

    @property
    def _unnamed(self) -> list[Delegate]:
        named = {delegate.pk for delegate, _person, _same in self._named}
        return [delegate for pk, delegate in self.there.items() if pk not in named]

    @property
    def leaving(self) -> list[Delegate]:
        return [] if self.keeps_others else self._unnamed

    @property
    def added(self) -> list[Person]:
        return [change.person for change in self.people if change.delegate is None]

    @property
    def contact(self) -> Delegate | None:
        """The contact person, if they are one of those who stay."""
        others = self._unnamed if self.keeps_others else []
        return next((one for one in [*(one for one, _person in self.staying), *others] if one.is_contact), None)

    def in_order(self, added: Sequence[Delegate], newcomers: Sequence[Delegate]) -> list[Delegate]:
        """Everybody as they are to stand: ``newcomers`` each in the place of whom they replace."""
        instead = {old.pk: new for (old, _person), new in zip(self.replaced, newcomers, strict=True)}
        if self.keeps_others:
            return [instead.get(pk, delegate) for pk, delegate in self.there.items()]
        others = iter(added)
        return [
            next(others) if one.delegate is None else instead.get(one.delegate) or self.there[one.delegate]
            for one in self.people
        ]


def plan_people(registration: Registration, people: Sequence[Change], known: Collection[int] | None) -> Plan:
    """How ``people`` come to be the delegates of ``registration``.

    Of those who are there and not in ``known``, unless that is None, each must be somebody new of ``people``.

    Raises:
        ChangedMeanwhile: they are not.
        PersonInDoubt: nobody has said whether somebody is the same person.
        RegistrationRefused: somebody is named twice, or is not there any more.
    """
    there = {delegate.pk: delegate for delegate in registration.delegates.all()}
    if known is not None:
        people = _with_unknown(people, [delegate for pk, delegate in there.items() if pk not in known])
    return Plan(there, people)


def _with_unknown(people: Sequence[Change], unknown: Sequence[Delegate]) -> list[Change]:
    """``people``, each of the ``unknown`` in the place of somebody new who is the same."""
    people = list(people)
    new = {identity_of(one.person): place for place, one in enumerate(people) if one.delegate is None}
    others = []
    for delegate in unknown:
        if (place := new.pop(identity_of(delegate), None)) is None:
            others.append(delegate)
        else:
            people[place] = replace(people[place], delegate=delegate.pk)
    if others:
        words = _("Meanwhile somebody has added %(names)s, now at the end of the list. Nothing is stored yet.")
        raise ChangedMeanwhile(words % {"names": ", ".join(delegate.full_name for delegate in others)}, others)
    return people


def identity_of(one: Person | Delegate) -> tuple[str, str, str, str]:
    """By what a person and a delegate are known to be the same."""
    return one.full_name, one.position, e164_of(one.phone), one.email
