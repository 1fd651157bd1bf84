"""The spare line of a bridge point: how it is joined, and moving the point there and back in one press."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from bridges.lines import LineInUse, NoSpareLine, spare_line
from bridges.models import BridgePoint, SpareLine
from messaging.lines import switch_line, tell_line
from staff.points.matters import SpareLineForm
from staff.points.pages import frame, point_page
from staff.workspace.access import WORKERS, Workspace
from staff.workspace.matter import edit_matter, log

#: The pages with the press, by what they send as ``back``; those about one point.
_PAGES = ("point", "point_spare", "my_point")


@point_page(*WORKERS)
def spare(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """How the point is joined over its spare line; if it is in use, its people are told at once."""

    def after_save(form: Any) -> None:
        if point.on_spare_since is not None:
            _say_sent(request, tell_line(point=point, now=timezone.now()))

    return edit_matter(
        request,
        workspace,
        make_form=lambda data: SpareLineForm(data, instance=_stored_spare(point, data)),
        title=point.name,
        after_save=after_save,
        template="points/spare",
        **frame(workspace, point, "point_spare"),
    )


def _stored_spare(point: BridgePoint, data: Any) -> SpareLine:
    """The row to be shown, or to be changed by what was sent: then it is made if need be."""
    row = spare_line(point) if data is None else SpareLine.objects.get_or_create(bridge_point=point)[0]
    row.bridge_point = point
    return row


@point_page(*WORKERS)
@require_POST
def switch(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """Move the point to its spare line (``line=spare``) or back, and tell its people; it stands in the log."""
    to_spare = request.POST.get("line") == "spare"
    try:
        sent = switch_line(
            point=point,
            to_spare=to_spare,
            with_delegates="delegates" in request.POST,
            by=workspace.user,
            now=timezone.now(),
        )
    except NoSpareLine:
        messages.error(request, gettext("%(point)s: no spare line is known.") % {"point": point.label})
        return redirect(workspace.url("point_spare", point.pk))
    except LineInUse:
        messages.info(request, gettext("%(point)s is on that line already.") % {"point": point.label})
    else:
        words = _moved_words(to_spare=to_spare)
        log(request, point, CHANGE, words)
        messages.success(request, f"{point.label}: {words}")
        _say_sent(request, sent)
    back = request.POST.get("back", "")
    return redirect(workspace.url(back, point.pk) if back in _PAGES else workspace.url("points"))


def _moved_words(*, to_spare: bool) -> str:
    return gettext("Moved to the spare line.") if to_spare else gettext("Moved back to the main line.")


def _say_sent(request: HttpRequest, sent: int) -> None:
    words = ngettext("%(count)d message is on its way.", "%(count)d messages are on their way.", sent)
    messages.info(request, words % {"count": sent})
