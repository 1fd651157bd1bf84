"""What a form says about a registration to be, before anything is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridges.models import Province
from conference.models import Product
from registrations import consent
from registrations.models import Guest, Invitation, Registration


@dataclass(frozen=True)
class Person:
    """A delegate or contact person to be. ``phone`` in E.164, ``email`` in lower case; either may be empty.

    ``answers`` to the questions asked of each delegate, by the number of the question.
    """

    full_name: str
    position: str = ""
    phone: str = ""
    email: str = ""
    answers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrganisationData:
    """The organisation as it was typed; ``tax_code`` as ``models.clean_tax_code`` returns it."""

    kind: str
    name: str
    province: Province | None = None
    tax_code: str = ""


@dataclass(frozen=True)
class InterestData:
    """What it sells or looks for: a product of the conference or another one."""

    side: str
    product: Product | None = None
    other: str = ""
    amount: str = ""
    season: str = ""
    certificates: Sequence[str] = ()
    ocop_stars: int | None = None


@dataclass(frozen=True)
class NewRegistration:
    """Everything that one registration says, before it is stored.

    The first of ``people`` is the contact person, unless ``contact`` is somebody who does not attend. ``answers`` of
    the organisation by question. ``consent_way`` "" means that nobody consented: staff must have another ground.
    """

    organisation: OrganisationData
    people: Sequence[Person]
    language: str
    contact: Person | None = None
    interests: Sequence[InterestData] = ()
    answers: Mapping[int, str] = field(default_factory=dict)
    consent_way: str = consent.WEB
    source: str = Registration.Source.WEB
    invitation: Invitation | None = None
    guest: Guest | None = None

    @property
    def is_by_staff(self) -> bool:
        """Whether staff enter it, by telephone or from a list."""
        return self.source != Registration.Source.WEB

    @property
    def contact_person(self) -> Person:
        """Who is written to about it, whether they attend or not."""
        return self.contact or self.people[0]
