"""Erasing personal data in the administration, the report about it, and the consent that stands before it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conference.models import Conference
from registrations import consent, services
from registrations.models import Erasure, Registration
from staff.registrations.deciding import moment
from staff.registrations.forms import EraseForm
from staff.scoped import ReadOnlyAdmin


class ErasingMixin:
    """For the admin of registrations, after ``ChosenMixin``: erasing, and how what is erased is shown."""

    #: What stays of a registration when its personal data are erased.
    erased_fieldsets = (
        (None, {"fields": ("number", "erased_at", "state", "conference", "bridge_point", "seats")}),
        (_("How it came about"), {"fields": ("source", "created_at", "confirmed_at", "cancelled_at")}),
    )

    def get_urls(self) -> list:
        erase = path(
            "<str:ids>/erase/", self.admin_site.admin_view(self.erase_view), name="registrations_registration_erase"
        )
        return [erase, *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj is not None and obj.erased_at)

    def get_fieldsets(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        return self.erased_fieldsets if obj is not None and obj.erased_at else super().get_fieldsets(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Registration | None) -> list:
        return [] if obj is not None and obj.erased_at else super().get_inlines(request, obj)

    def view_on_site(self, obj: Registration) -> str | None:
        return None if obj.erased_at else super().view_on_site(obj)

    @admin.display(description=_("organisation"), ordering="organisation__name")
    def organisation_words(self, registration: Registration) -> str:
        if registration.erased_at:
            return format_html('<span class="badge">{}</span>', _g("erased"))
        organisation = registration.organisation
        return format_html('{}<div class="quiet">{}</div>', organisation.name, organisation.get_kind_display())

    @admin.action(description=_("Erase personal data …"), permissions=["organise"])
    def erase_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        mine = queryset.filter(conference__in=Conference.objects.run_by(request.user).values("pk"), erased_at=None)
        if not mine.exists():
            words = _g("There is nothing to erase: only the organisers of the conference erase, and once.")
            self.message_user(request, words, messages.WARNING)
            return None
        return self.page_for(request, mine, "erase")

    def erase_view(self, request: HttpRequest, ids: str) -> HttpResponse:
        """Says what is erased, and erases it if that is meant."""
        chosen = self.chosen(request, ids, by_organisers=True)
        form = EraseForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            self._erase(request, [r for r in chosen if not r.erased_at])
            return self.back(chosen)
        return self.question(
            request,
            chosen,
            form,
            title=_g("Erase personal data"),
            explanation=_g(
                "Names, addresses, answers and messages are erased from these registrations, from their history and"
                " from the lists of invitations; their links are dead at once. The numbers stay. A registration that"
                " is still valid is cancelled and gives its seats back. Nobody is told."
            ),
            button=_g("Erase personal data"),
            is_harsh=True,
        )

    def _erase(self, request: HttpRequest, chosen: list[Registration]) -> None:
        for registration in chosen:
            services.erase(registration=registration, way=Erasure.Way.STAFF, now=timezone.now())
            # From the database, so that the log of the administration does not keep the name.
            current = Registration.objects.select_related("organisation").get(pk=registration.pk)
            self.log_change(request, current, _g("Personal data erased."))
        words = ngettext(
            "The personal data of %(count)d registration are erased.",
            "The personal data of %(count)d registrations are erased.",
            len(chosen),
        )
        self.message_user(request, words % {"count": len(chosen)}, messages.SUCCESS)

    @admin.display(description=_("consent"))
    def consent_words(self, registration: Registration) -> str:
        if not registration.consent_version:
            return _g("none noted")
        way = registration.consent_way
        facts = (registration.consent_version, moment(registration.consented_at), str(consent.WAYS.get(way, way)))
        line = " · ".join(fact for fact in facts if fact)
        if registration.consent_version not in consent.TEXTS:
            return line
        text = consent.text(registration.conference.erase_after_days, registration.consent_version)
        return format_html('{}<q class="dc-quote">{}</q>', line, text)


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """When, how and how much was erased."""

    coordinator_may = frozenset()
    list_display = ("at", "conference", "way", "registrations", "delegates", "messages")
    list_filter = (("conference", admin.RelatedOnlyFieldListFilter), "way")
    list_select_related = ("conference",)
    fields = list_display
