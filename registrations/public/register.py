"""Registering: the form, the invitation that leads to it, the links sent again, one's own list."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.signed_in import user_of
from common import rate_limits
from common.page_cache import kept_by_nobody, kept_page
from common.phones import e164_of
from conference.models import Conference
from registrations import services
from registrations.forms.registration import FindForm, RegistrationForm
from registrations.models import Delegate, Guest, Invitation, Registration
from registrations.public.language import switches_language
from registrations.public.offer import Offer, forget_offer, read_offer, recent_offer
from registrations.public.submission_key import submission_key

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Page:
    """The form of one request, and the offer for which it was made."""

    offer: Offer
    form: RegistrationForm
    # It names an invitation that is out of use.
    is_out_of_use: bool

    @property
    def conference(self) -> Conference:
        return self.offer.conference


@kept_by_nobody
@require_http_methods(["GET", "HEAD", "POST"])
@kept_page(query=r"point=[0-9]{1,10}")
@switches_language
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and what becomes of it: a redirect to the registrant's page."""
    try:
        if request.method == "POST":
            return _answer_post(request, slug)
        return _answer(request, _page(request, read_offer(slug)))
    except Conference.DoesNotExist as error:
        raise Http404 from error


def _answer_post(request: HttpRequest, slug: str) -> HttpResponse:
    """The answer to a form that was sent, tried once more on fresh data if what it names is gone."""
    try:
        return _answer(request, _page_to_register(request, slug))
    except IntegrityError:
        # A question or a product was taken away after the offer was kept.
        forget_offer(slug)
        return _answer(request, _page(request, read_offer(slug)))


def _page_to_register(request: HttpRequest, slug: str) -> _Page:
    """The page of a post: of the offer as it was some seconds ago if it can be taken so, otherwise as it is now."""
    page = _page(request, offer := recent_offer(slug))
    if offer.is_fresh or _is_to_be_taken(page):
        return page
    return _page(request, read_offer(slug))


def _is_to_be_taken(page: _Page) -> bool:
    """Whether nothing is wrong with the form of ``page``, so that it need not be drawn."""
    is_open = not page.conference.refusal_at(timezone.now()) and not page.is_out_of_use
    return is_open and not page.form.is_unfinished and page.form.is_valid()


def _page(request: HttpRequest, offer: Offer) -> _Page:
    """The form for ``offer``, filled in with what was posted, or with what the address says."""
    is_sent = request.method == "POST"
    given = request.POST if is_sent else request.GET
    named = _invitation(given.get("i", ""), offer.conference)
    invitation = named if named and named.is_active else None
    is_checked_alike = not offer.is_fresh and not invitation
    form = (offer.checking_form if is_checked_alike else RegistrationForm)(
        request.POST if is_sent else None,
        initial={} if is_sent else {"point": given.get("point", "")[:20]},
        **offer.for_form,
        invitation=invitation,
        guest=_guest(given.get("g", ""), invitation),
    )
    return _Page(offer, form, is_out_of_use=named is not None and invitation is None)


def _as_it_is_now(request: HttpRequest, page: _Page) -> _Page:
    """``page``, checked, on fresh data and ready to be drawn."""
    if not page.offer.is_fresh:
        page = _page(request, read_offer(page.conference.slug))
    page.form.is_valid()
    return page


def _answer(request: HttpRequest, page: _Page) -> HttpResponse:
    """The answer to ``page``.

    Raises:
        IntegrityError: something that the form names is gone; nothing was stored.
    """
    conference, form = page.conference, page.form
    if refusal := conference.refusal_at(timezone.now()):
        context = {"conference": conference, "refusal": refusal}
        return render(request, "registrations/register.html", context, status=409 if form.is_bound else 200)
    if form.is_machine:
        return render(request, "registrations/received.html", {"conference": conference})
    key = None if form.is_unfinished else submission_key(request, form)
    if _has_registered(form, key):
        return _registered_already(request, conference)
    if form.is_unfinished:
        form.leave_unchecked()
    elif form.is_bound and form.is_valid():
        return _register(request, page, key)
    return _draw(request, page)


def _register(request: HttpRequest, page: _Page, key: str | None) -> HttpResponse:
    """Register what the valid form of ``page`` says."""
    form = page.form
    if page.is_out_of_use:
        form.add_error(
            None, gettext("This invitation is out of use. You may register without it: press the button again.")
        )
        return _draw(request, page)
    if rate_limits.is_too_much(request, "register"):
        return rate_limits.refusal(request)
    try:
        registration = services.register(
            conference=page.conference,
            point=form.chosen_point,
            form=form.registration(request.LANGUAGE_CODE),
            submission_key=key,
            now=timezone.now(),
        )
    except services.RegisteredAlready:
        return _registered_already(request, page.conference)
    except services.RegistrationRefused as refused:
        page = _as_it_is_now(request, page)
        if not page.form.all_problems:
            page.form.add_error("point", str(refused))
        return _draw(request, page)
    return HttpResponseRedirect(f"{registration.get_absolute_url()}?new=1")


def _draw(request: HttpRequest, page: _Page) -> HttpResponse:
    context = {
        "conference": page.conference,
        "form": page.form,
        "refusal": "",
        "is_out_of_use": page.is_out_of_use,
        "kept_seconds": settings.PAGE_CACHE_SECONDS,
    }
    return render(request, "registrations/register.html", context, status=422 if page.form.all_problems else 200)


def _has_registered(form: RegistrationForm, key: str | None) -> bool:
    """Whether the guest of ``form`` has a registration already; not whether this very form was sent before."""
    guest = form.guest
    if guest is None or guest.registration is None or not guest.has_registered:
        return False
    return not key or key != guest.registration.submission_key


def _registered_already(request: HttpRequest, conference: Conference) -> HttpResponse:
    """Tell a guest so, and how they get to their registration."""
    context = {"conference": conference, "has_registered": True}
    status = 422 if request.method == "POST" else 200
    return render(request, "registrations/register.html", context, status=status)


def _invitation(token: str, conference: Conference) -> Invitation | None:
    if not token:
        return None
    return Invitation.objects.by_token(token).filter(conference=conference).first()


def _guest(sealed: str, invitation: Invitation | None) -> Guest | None:
    if not sealed or invitation is None:
        return None
    guest = Guest.unseal(sealed)
    return guest if guest and guest.invitation_id == invitation.pk else None


@never_cache
@require_safe
def guest_link(request: HttpRequest, sealed: str) -> HttpResponse:
    """The short link of a guest: leads to the form, which knows them."""
    guest = Guest.unseal(sealed)
    if guest is None:
        raise Http404
    query = urlencode({"i": guest.invitation.token, "g": sealed})
    form_url = reverse("registrations:register", args=[guest.invitation.conference.slug])
    return redirect(f"{form_url}?{query}")


@never_cache
@require_safe
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites, with which words; leads to the form. 410 when the invitation is out of use."""
    invitation = get_object_or_404(
        Invitation.objects.select_related("conference", "bridge_point__province", "partner").by_token(token),
        conference__is_published=True,
    )
    conference = invitation.conference
    guest = _guest(request.GET.get("g", ""), invitation) if invitation.is_active else None
    context = {
        "invitation": invitation,
        "conference": conference,
        "point": invitation.bridge_point,
        "guest": guest,
        "refusal": conference.refusal_at(timezone.now()),
        "form_url": reverse("registrations:register", args=[conference.slug]),
        "sealed": guest.sealed if guest else "",
        "has_registered": guest is not None and guest.has_registered,
    }
    return render(request, "registrations/invitation.html", context, status=200 if invitation.is_active else 410)


class RedirectThenWork(HttpResponseRedirect):
    """A redirect that does its work when the answer has left: nobody can tell from its time what there was to do."""

    def __init__(self, to: str, work: Callable[[], Any]) -> None:
        super().__init__(to)
        self._work: Callable[[], Any] | None = work

    def close(self) -> None:
        work, self._work = self._work, None
        try:
            if work is not None:
                work()
        except Exception:
            logger.exception("The links were not sent again.")
        finally:
            super().close()


@never_cache
@rate_limits.limit_posts("find")
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the link sent again. The answer is the same whether somebody is registered under this address or not."""
    now = timezone.now()
    conference = get_object_or_404(Conference.objects.published(), slug=slug)
    is_over = not conference.is_ahead_at(now)
    context = {"conference": conference, "is_over": is_over, "was_sent": "sent" in request.GET and not is_over}
    form = FindForm(request.POST if request.method == "POST" else None)
    if form.is_bound and not is_over and form.is_valid():
        sent = f"{reverse('registrations:find', args=[slug])}?sent=1"
        if form.cleaned_data["homepage"].strip():
            return redirect(sent)
        return RedirectThenWork(sent, _sending(conference, form.cleaned_data["address"], now))
    return render(request, "registrations/find.html", {**context, "form": form}, status=422 if form.is_bound else 200)


def _sending(conference: Conference, address: dict[str, str], now: datetime) -> Callable[[], int]:
    return lambda: services.send_own_links(conference=conference, now=now, **address)


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The registrations under an address that the signed-in user has proved.

    The contact person comes to the page that changes, cancels and erases; a delegate to their own link.
    """
    user = user_of(request)
    emails, phones = user.proved_emails, user.proved_phones
    own = Prefetch("delegates", Delegate.objects.of_addresses(emails, phones).order_by("id"), to_attr="own_delegates")
    found = Registration.objects.of_addresses(emails, phones).prefetch_related(own)
    registrations: list[Any] = list(found.select_related("conference", "bridge_point", "organisation"))
    for registration in registrations:
        contact = registration.contact_email, e164_of(registration.contact_phone)
        registration.is_in_own_hands = contact[0] in emails or contact[1] in phones
        if registration.is_in_own_hands:
            # The address that they proved is the one that was entered.
            services.release_colleagues(registration=registration, now=timezone.now())
    return render(request, "registrations/mine.html", {"registrations": registrations})
