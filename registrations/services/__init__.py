"""Use cases of registrations: each in one transaction, refusals raised in words for people."""

from registrations.services.asking import copy_questions
from registrations.services.changing import add_to_answers, cancel, correct, fill_free_seats, move
from registrations.services.common import (
    ChangedMeanwhile,
    PersonInDoubt,
    PointFull,
    RegisteredAlready,
    RegistrationRefused,
    StandsElsewhere,
    is_ahead,
)
from registrations.services.contacting import (
    RESEND_PAUSE,
    readdress,
    readdress_contact,
    renew_links,
    resend,
    send_own_links,
    tell_state,
)
from registrations.services.deciding import (
    accept,
    decline,
    keep_seats,
    promote_out_of_turn,
    refusal_of_decision,
    refusal_of_promotion,
)
from registrations.services.erasing import erase, erase_due
from registrations.services.inviting import (
    GuestsToInvite,
    InvitedMeanwhile,
    can_be_reached,
    guests_to_invite,
    invite,
    takes_guests,
)
from registrations.services.new_registration import (
    InterestData,
    NewRegistration,
    OrganisationData,
    Person,
)
from registrations.services.opening import MARK, note_opened, release_colleagues
from registrations.services.people import (
    change_people,
    correct_people,
    keep_as_it_was,
    refusal_of_leaving,
    renew_link_of_another_contact,
)
from registrations.services.people_plan import Change
from registrations.services.registering import register, register_all

__all__ = [
    "MARK",
    "RESEND_PAUSE",
    "Change",
    "ChangedMeanwhile",
    "GuestsToInvite",
    "InterestData",
    "InvitedMeanwhile",
    "NewRegistration",
    "OrganisationData",
    "Person",
    "PersonInDoubt",
    "PointFull",
    "RegisteredAlready",
    "RegistrationRefused",
    "StandsElsewhere",
    "accept",
    "add_to_answers",
    "can_be_reached",
    "cancel",
    "change_people",
    "copy_questions",
    "correct",
    "correct_people",
    "decline",
    "erase",
    "erase_due",
    "fill_free_seats",
    "guests_to_invite",
    "invite",
    "is_ahead",
    "keep_as_it_was",
    "keep_seats",
    "move",
    "note_opened",
    "promote_out_of_turn",
    "readdress",
    "readdress_contact",
    "refusal_of_decision",
    "refusal_of_leaving",
    "refusal_of_promotion",
    "register",
    "register_all",
    "release_colleagues",
    "renew_link_of_another_contact",
    "renew_links",
    "resend",
    "send_own_links",
    "takes_guests",
    "tell_state",
]
