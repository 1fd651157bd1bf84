"""Cancelling registrations and replacing their links in the administration: both ask first."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registrations import services
from registrations.models import Registration

_NOTHING_TO_CANCEL = _("There is nothing to cancel: what you chose is cancelled or declined already.")
_NO_LINKS = _("There are no links to replace: the personal data of what you chose are erased.")


def how_many(registrations: Iterable[Registration]) -> str:
    """So many registrations with so many people, in words."""
    rows = list(registrations)
    count, people = len(rows), sum(registration.seats for registration in rows)
    return _g("%(registrations)s with %(people)s") % {
        "registrations": ngettext("%(count)d registration", "%(count)d registrations", count) % {"count": count},
        "people": ngettext("%(count)d person", "%(count)d people", people) % {"count": people},
    }


class CancellingMixin:
    """For the admin of registrations, before ``ChosenMixin``: actions of the list, and a page for each of them."""

    def get_urls(self) -> list:
        pages = (("cancel", self.cancel_view), ("renew", self.renew_view))
        own = [
            path(f"<str:ids>/{name}/", self.admin_site.admin_view(view), name=f"registrations_registration_{name}")
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    @admin.action(description=_("Cancel the chosen registrations …"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        rows = queryset.filter(state__in=Registration.ACTIVE)
        if not rows.exists():
            self.message_user(request, _NOTHING_TO_CANCEL, messages.WARNING)
            return None
        return self.page_for(request, rows, "cancel")

    @admin.action(description=_("Replace the personal links and send the new ones …"), permissions=["change"])
    def renew_links_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        rows = queryset.filter(erased_at=None)
        if not rows.exists():
            self.message_user(request, _NO_LINKS, messages.WARNING)
            return None
        return self.page_for(request, rows, "renew")

    def cancel_view(self, request: HttpRequest, ids: str) -> HttpResponse:
        """GET asks once more, POST cancels."""
        chosen = self.chosen(request, ids)
        rows = [registration for registration in chosen if registration.is_active]
        if not rows:
            self.message_user(request, _NOTHING_TO_CANCEL, messages.WARNING)
            return self.back(chosen)
        if request.method == "POST":
            self._cancel(request, rows)
            return self.back(chosen)
        words = _g(
            "%(how_many)s: cancelled at once. Their people are told by e-mail or SMS, and seats that become free go to"
            " those first on the waitlist. This cannot be taken back."
        )
        return self.question(
            request,
            rows,
            None,
            title=_g("Cancel registrations"),
            explanation=words % {"how_many": how_many(rows)},
            button=_g("Cancel and tell them"),
            is_harsh=True,
        )

    def renew_view(self, request: HttpRequest, ids: str) -> HttpResponse:
        """GET asks once more, POST replaces the links."""
        chosen = self.chosen(request, ids)
        rows = [registration for registration in chosen if not registration.erased_at]
        if not rows:
            self.message_user(request, _NO_LINKS, messages.WARNING)
            return self.back(chosen)
        if request.method == "POST":
            self._renew(request, rows)
            return self.back(chosen)
        words = _g(
            "%(how_many)s: the links in earlier messages, on letters and in printed QR codes are dead at once. The new"
            " ones are sent by e-mail or SMS, unless the registration is cancelled or declined. This cannot be taken"
            " back."
        )
        return self.question(
            request,
            rows,
            None,
            title=_g("Replace the personal links"),
            explanation=words % {"how_many": how_many(rows)},
            button=_g("Replace and send the new ones"),
            is_harsh=True,
        )

    def _cancel(self, request: HttpRequest, chosen: list[Registration]) -> None:
        refused: dict[str, list[Registration]] = {}
        cancelled = 0
        for registration in chosen:
            try:
                services.cancel(registration=registration, now=timezone.now())
            except services.RegistrationRefused as refusal:
                refused.setdefault(str(refusal), []).append(registration)
            else:
                cancelled += 1
                self.log_change(request, registration, _g("Cancelled."))
        if cancelled:
            words = ngettext("%(count)d registration cancelled.", "%(count)d registrations cancelled.", cancelled)
            self.message_user(request, words % {"count": cancelled}, messages.SUCCESS)
        self.say_refused(request, refused)

    def _renew(self, request: HttpRequest, chosen: list[Registration]) -> None:
        for registration in chosen:
            services.renew_links(registration=registration, now=timezone.now())
            self.log_change(request, registration, _g("Personal links replaced."))
        self.message_user(request, _g("The old links are dead; the new ones are on their way."), messages.SUCCESS)
