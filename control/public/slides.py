"""The page on which a speaker hands in slides: whoever has its link, without an account."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.rate_limits import count, refusal
from control.models import SlideFile, SlideLink
from control.slides import receiving
from control.slides.asking import is_open
from control.slides.order import due_at
from control.slides.receiving import SlidesRefused
from control.slides.uploads import sent_file, takes_slides
from control.slides.words import refusal_words, warning_words
from registrations.tokens import fingerprint

#: Posts an hour from one link: a speaker sends two or three.
POSTS_PER_HOUR = 40


def _link_of(token: str) -> SlideLink | None:
    """The link with this token, with its cue and conference, also one that was withdrawn; None: there is none."""
    found = SlideLink.objects.filter(token_hash=fingerprint(token))
    return found.select_related("cue__conference", "cue__point").first()


@never_cache
@csrf_exempt  # The token of the form is looked for in ``_answer``: that reads the post, which may be big.
@require_http_methods(["GET", "HEAD", "POST"])
def slides(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what is asked for and what has come; POST takes a file, or withdraws the one that counts.

    404: there is no such link, 410: it was withdrawn. Of what is posted there nothing is read.
    """
    link, now = _link_of(token), timezone.now()
    if link is None or link.withdrawn_at is not None:
        return _gone(request, link)
    if request.method == "POST" and count(f"slides/{link.pk}", now, often=True) > POSTS_PER_HOUR:
        return refusal(request)
    return _answer(request, link, token, now)


def _gone(request: HttpRequest, link: SlideLink | None) -> HttpResponse:
    """What has become of the link, and whom to ask, as far as that is public."""
    conference = link.cue.conference if link else None
    context = {"link": link, "conference": conference if conference and conference.is_published else None}
    return render(request, "control/slides_gone.html", context, status=410 if link else 404)


@takes_slides
def _answer(request: HttpRequest, link: SlideLink, token: str, now: datetime) -> HttpResponse:
    if request.method != "POST":
        return _page(request, link, token, now)
    if not is_open(link.cue.conference, now):
        return _page(request, link, token, now)
    if "withdraw" in request.POST:
        return _withdraw(request, link, token, now)
    return _take(request, link, token, now)


def _take(request: HttpRequest, link: SlideLink, token: str, now: datetime) -> HttpResponse:
    try:
        file = sent_file(request)
    except SlidesRefused as refused:
        if refused.why != "missing":
            receiving.note_refusal(cue=link.cue, refused=refused, now=now)
        return _page(request, link, token, now, refused)
    try:
        taken = receiving.take(cue=link.cue, file=file, name=file.name or "", size=file.size or 0, now=now)
    except SlidesRefused as refused:
        return _page(request, link, token, now, refused)
    if taken.is_known:
        messages.info(request, gettext("We have this file already; nothing has changed."))
    else:
        messages.success(request, gettext("Your slides have arrived. Thank you!"))
    return redirect("control:slides", token=token)


def _withdraw(request: HttpRequest, link: SlideLink, token: str, now: datetime) -> HttpResponse:
    number = request.POST["withdraw"]
    if number.isdecimal() and receiving.withdraw_file(cue=link.cue, number=int(number[:18]), now=now):
        messages.success(request, gettext("Your slides are withdrawn. You can hand in others."))
    else:
        messages.warning(request, gettext("Another file has come meanwhile; look at it before you withdraw it."))
    return redirect("control:slides", token=token)


def _page(
    request: HttpRequest, link: SlideLink, token: str, now: datetime, refused: SlidesRefused | None = None
) -> HttpResponse:
    conference = link.cue.conference
    files = list(SlideFile.objects.filter(cue=link.cue)[: receiving.KEPT])
    current = next((file for file in files if file.withdrawn_at is None), None)
    limit = due_at(conference)
    context = {
        "link": link,
        "cue": link.cue,
        "conference": conference,
        "token": token,
        "due_at": limit,
        "is_late": bool(limit and now > limit),
        "is_open": is_open(conference, now),
        "current": current,
        "warnings": warning_words(current) if current else [],
        "earlier": [file for file in files if file is not current],
        "error": refusal_words(refused.why, refused.about) if refused else "",
        "most_mb": settings.SLIDES_MAX_MB,
        "most_pages": settings.SLIDES_MAX_PAGES,
    }
    return render(request, "control/slides.html", context, status=refused.status if refused else 200)
