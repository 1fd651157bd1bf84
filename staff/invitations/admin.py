"""Invitations in the administration: who invites, seats kept, guests, sending. For organisers."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_value
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.signed_in import user_of
from bridges.models import BridgePoint
from conference.models import Conference, Partner
from registrations.models import Guest, Invitation
from staff.broken_values import read_number
from staff.filters import MOST, RelatedFilter
from staff.invitations import counts, saving, sending
from staff.links import filter_value
from staff.registrations.forms import GuestForm, GuestFormSet, InvitationForm
from staff.scoped import ScopedAdmin, ScopedInline

#: So many guests stand on one page: a browser may not send more fields than the settings allow.
GUESTS_A_PAGE = 100


class InvitationFilter(RelatedFilter):
    """Who invited: of the chosen conference; of several conferences, each with its name, if they are few."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        named = model_admin.get_queryset(request).exclude(invitation=None).order_by().values("invitation")
        rows = Invitation.objects.filter(pk__in=named).select_related("conference")
        if chosen := read_number(request.GET.get("conference__id__exact", "")):
            return [(row.pk, row.name) for row in rows.filter(conference=chosen)]
        found = list(rows[: MOST + 1])
        return [(row.pk, f"{row.name} – {row.conference}") for row in found] if len(found) <= MOST else []


def _page_of_guests(request: HttpRequest, invitation: int | None) -> Page[int]:
    """The part of the guests that stands on the page of ``request``."""
    numbers = Guest.objects.filter(invitation=invitation).order_by("id").values_list("pk", flat=True)
    return Paginator(numbers, GUESTS_A_PAGE).get_page(request.GET.get("guests"))


class GuestInline(ScopedInline, admin.TabularInline):
    model = Guest
    form = GuestForm
    formset = GuestFormSet
    extra = 1
    fields = ("name", "position", "organisation", "email", "phone", "so_far")
    readonly_fields = ("so_far",)
    verbose_name_plural = _("guests")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("registration", "invitation")
        match = request.resolver_match
        number = str(match.kwargs.get("object_id", "")) if match else ""
        if not number.isdecimal():
            return rows
        return rows.filter(pk__in=list(_page_of_guests(request, int(number)).object_list))

    @admin.display(description=_("so far"))
    def so_far(self, guest: Guest) -> str:
        if guest.pk is None:
            return "–"
        if guest.registration is not None:
            address = reverse("admin:registrations_registration_change", args=[guest.registration_id])
            state = guest.registration.get_state_display()
            return format_html('<a href="{}">{}</a> ({})', address, guest.registration.number, state)
        return counts.so_far_words(guest, display_for_value(guest.invited_at, ""))


@admin.register(Invitation)
class InvitationAdmin(ScopedAdmin):
    """Never deleted: out of use, an invitation keeps no seats and its link is dead."""

    form = InvitationForm
    inlines = [GuestInline]
    organiser_may = frozenset({"view", "add", "change"})
    # An earlier version would carry old counts of seats with it.
    can_revert = False
    list_display = ("name_words", "link", "kept_bar", "guest_counts", "point_words", "is_active")
    list_display_links = ("name_words",)
    list_filter = (("conference", RelatedFilter), "is_active")
    list_select_related = ("conference", "bridge_point")
    ordering = ("-conference__starts_at", "name", "id")
    readonly_fields = ("kept_bar", "link", "guest_counts", "guest_pages")
    fieldsets = (
        (None, {"fields": ("conference", "name", "partner", "text", "is_active", "link")}),
        (_("Seats"), {"fields": ("bridge_point", "quota", "kept_bar")}),
        (_("Guests"), {"fields": ("guest_counts", "paste", "guest_pages")}),
    )

    class Media:
        css = {"all": ["css/staff.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return counts.with_counts(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        # An invitation does not change sides.
        return (*self.readonly_fields, "conference") if obj is not None else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        if obj is None:
            left_out = set(self.readonly_fields)
        else:
            left_out = set() if getattr(obj, "guest_count", 0) > GUESTS_A_PAGE else {"guest_pages"}
        return [
            (title, {"fields": [name for name in options["fields"] if name not in left_out]})
            for title, options in self.fieldsets
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = request.GET.get("conference", "") or filter_value(request, "conference__id__exact")
        return {"conference": given[:20]}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        own = Conference.objects.run_by(user_of(request))
        if db_field.name == "partner":
            kwargs["queryset"] = Partner.objects.filter(conference__in=own.values("pk"))
        elif db_field.name == "bridge_point":
            kwargs["queryset"] = BridgePoint.objects.filter(conference__in=own.values("pk"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def view_on_site(self, obj: Invitation) -> str | None:
        return super().view_on_site(obj) if obj.is_active else None

    # --- what is shown ------------------------------------------------------------------------------------------------

    @admin.display(description=_("name"), ordering="name")
    def name_words(self, invitation: Invitation) -> str:
        return format_html('{}<div class="quiet">{}</div>', invitation.name, invitation.conference.short_name)

    @admin.display(description=_("bridge point"), ordering="bridge_point__position")
    def point_words(self, invitation: Invitation) -> str:
        return invitation.bridge_point.label if invitation.bridge_point else "–"

    @admin.display(description=_("link"))
    def link(self, invitation: Invitation) -> str:
        if not invitation.is_active:
            return gettext("out of use")
        # To be marked and copied whole, without a script.
        return format_html(
            '<input class="dc-copy" type="text" readonly value="{}" aria-label="{}">',
            f"{settings.SITE_URL}{invitation.get_absolute_url()}",
            gettext("Link of %(name)s") % {"name": invitation.name},
        )

    @admin.display(description=_("seats taken of those kept"))
    def kept_bar(self, invitation: Invitation) -> str:
        if not invitation.quota:
            return gettext("%(used)d taken, none kept") % {"used": invitation.used}
        return format_html(
            '{used} / {quota} <progress class="dc-seats" max="{quota}" value="{shown}" aria-hidden="true"></progress>',
            used=invitation.used,
            quota=invitation.quota,
            shown=min(invitation.used, invitation.quota),
        )

    @admin.display(description=_("guests"))
    def guest_counts(self, invitation: Any) -> str:
        words = [
            gettext("%(count)d on the list") % {"count": invitation.guest_count},
            gettext("%(count)d invited") % {"count": invitation.invited_count},
            gettext("%(count)d of them registered") % {"count": invitation.accepted_count},
        ]
        facts = format_html_join("", "<div>{}</div>", ((word,) for word in words))
        address = f"{reverse('admin:registrations_registration_changelist')}?invitation__id__exact={invitation.pk}"
        count = invitation.registration_count
        label = ngettext("%(count)d registration", "%(count)d registrations", count) % {"count": count}
        links = (
            (address, label),
            (reverse("lists:guest_letters", args=[invitation.pk]), gettext("letters with a QR code")),
            (reverse("lists:letter", args=[invitation.conference_id]), gettext("letter in Word")),
        )
        return format_html("{}{}", facts, format_html_join(" · ", '<a href="{}">{}</a>', links))

    @admin.display(description=_("guests on this page"))
    def guest_pages(self, invitation: Any) -> str:
        pages = (invitation.guest_count + GUESTS_A_PAGE - 1) // GUESTS_A_PAGE
        links = (
            (page, f"{(page - 1) * GUESTS_A_PAGE + 1}–{min(page * GUESTS_A_PAGE, invitation.guest_count)}")
            for page in range(1, pages + 1)
        )
        return format_html_join(" · ", '<a href="?guests={}#guests-group">{}</a>', links)

    # --- saving -------------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Invitation, form: InvitationForm, change: bool) -> None:
        about_seats = saving.save_invitation(invitation=obj, form=form, is_new=not change, now=timezone.now())
        if about_seats:
            self.message_user(request, about_seats, messages.WARNING)

    def save_related(self, request: HttpRequest, form: InvitationForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        saving.add_guests(request, form.instance, form.cleaned_data.get("paste") or [])

    # --- sending ------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        send = path("<int:pk>/send/", self.admin_site.admin_view(self.send_view), name="registrations_invitation_send")
        return [send, *super().get_urls()]

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Says who would get the invitation and who cannot, and sends it."""
        invitation = self.get_queryset(request).filter(pk=pk).select_related("conference", "bridge_point").first()
        if invitation is None or not self.has_change_permission(request, invitation):
            raise Http404
        return sending.send_page(request, invitation, back=reverse("admin:registrations_invitation_change", args=[pk]))
