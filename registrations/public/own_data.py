"""Everything that is stored about a registration, for whoever made it (Law 91/2025/QH15): for people and programs."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from phonenumber_field.phonenumber import PhoneNumber

from common.phones import written
from outbox.models import Message
from registrations import consent, messages
from registrations.models import Answer, Delegate, Registration

_OF_REGISTRATION = (
    "number", "state", "seats", "contact_name", "contact_position", "contact_email", "contact_phone", "language",
    "source", "reason", "decided_at", "created_at", "confirmed_at", "cancelled_at",
)  # fmt: skip
_OF_INTEREST = ("side", "other", "amount", "season", "certificates", "ocop_stars")
_OF_MESSAGE = ("channel", "address", "kind", "state", "created_at", "sent_at", "delivered_at", "subject", "text")


def collect(registration: Registration) -> dict[str, Any]:
    """What is stored about ``registration``, its people and what they were sent; of staff nothing."""
    owner, point, conference = registration.organisation, registration.bridge_point, registration.conference
    delegates = list(registration.delegates.as_entered())
    answers = list(registration.answers.select_related("question"))
    persons = messages.persons(registration, delegates)
    return {
        "conference": {"name": conference.name, "starts_at": conference.starts_at, "ends_at": conference.ends_at},
        "bridge_point": {"name": point.name, "address": point.address},
        "registration": _plain(registration, _OF_REGISTRATION),
        "place_in_line": registration.place_in_line,
        "invited_by": registration.invitation.name if registration.invitation else None,
        "organisation": {
            **_plain(owner, ("kind", "name", "tax_code")),
            "province": owner.province.name if owner.province else None,
        },
        "consent": {
            "version": registration.consent_version,
            "at": registration.consented_at,
            "way": registration.consent_way,
            "text": consent.text(conference.erase_after_days, registration.consent_version)
            if registration.consent_version in consent.TEXTS
            else None,
        },
        "erased_from": conference.erased_from,
        "interests": [
            {**_plain(row, _OF_INTEREST), "product": row.product.name if row.product else None}
            for row in registration.interests.select_related("product")
        ],
        "answers": _answers(answers, None),
        # What is written about people is theirs to read, too; who of the staff wrote it is not.
        "office_notes": [_plain(note, ("at", "text")) for note in registration.office_notes.all()],
        "delegates": [
            {
                **_plain(delegate, ("full_name", "position", "phone", "email", "is_contact")),
                "answers": _answers(answers, delegate.pk),
            }
            for delegate in delegates
        ],
        "messages": [_plain(row, _OF_MESSAGE) for row in Message.objects.filter(person__in=persons).order_by("id")],
        **_in_other_rooms(delegates),
    }


def _answers(answers: Iterable[Answer], delegate: int | None) -> list[dict[str, str]]:
    return [
        {"question": answer.question.text, "answer": answer.value}
        for answer in answers
        if answer.delegate_id == delegate
    ]


def _in_other_rooms(delegates: list[Delegate]) -> dict[str, list[dict[str, Any]]]:
    """What the rooms above keep about ``delegates``, such as when they were there."""
    found: dict[str, list[dict[str, Any]]] = {}
    for relation in Delegate._meta.related_objects:
        model = relation.related_model
        if model._meta.app_label == Delegate._meta.app_label or not relation.get_accessor_name():
            continue
        # Whom a row names beside the delegate is another person.
        own = [field.name for field in model._meta.concrete_fields if not field.is_relation and not field.primary_key]
        about = f"{relation.field.name}__in"
        names = {delegate.pk: delegate.full_name for delegate in delegates}
        found[str(model._meta.model_name)] = [
            {"delegate": names[getattr(row, relation.field.attname)], **_plain(row, own)}
            for row in model._default_manager.filter(**{about: delegates})
        ]
    return found


def _plain(row: Model, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: written(value) if isinstance(value, PhoneNumber) else value for name, value in values.items()}
