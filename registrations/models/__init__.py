"""Who comes: organisations, their registrations, the people they send; who invited them, what they answered."""

from registrations.models.delegate import Delegate, DelegateQuerySet
from registrations.models.erasure import Erasure
from registrations.models.invitation import Guest, Invitation
from registrations.models.office_note import OfficeNote
from registrations.models.organisation import Interest, Organisation, clean_tax_code
from registrations.models.question import Answer, Question
from registrations.models.registration import Registration, RegistrationQuerySet, new_number

__all__ = [
    "Answer",
    "Delegate",
    "DelegateQuerySet",
    "Erasure",
    "Guest",
    "Interest",
    "Invitation",
    "OfficeNote",
    "Organisation",
    "Question",
    "Registration",
    "RegistrationQuerySet",
    "clean_tax_code",
    "new_number",
]
