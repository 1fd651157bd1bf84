"""Registering somebody who calls, inside the workspace of a conference."""

from django.contrib.admin.models import ADDITION
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext

from registrations.models import Registration
from staff.broken_values import read_number
from staff.registrations.telephone import state_words, take
from staff.registrations.telephone_form import TelephoneForm, open_points
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.matter import log
from staff.workspace.pages import page


@workspace_page(*WORKERS)
def telephone(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The form for the next call; above it, what has become of the last one."""
    now, conference = timezone.now(), workspace.conference
    form = TelephoneForm(
        request.POST if request.method == "POST" else None,
        initial={"point": request.GET.get("point", "")[:20]},
        points=open_points(workspace.user, now, conference),
        conference=conference,
    )
    if registration := take(request, form, now):
        log(request, registration, ADDITION, [{"added": {}}])
        told = urlencode({"point": registration.bridge_point_id, "done": registration.pk})
        return redirect(f"{workspace.url('telephone')}?{told}")
    is_refused = form.is_bound and not form.is_unfinished
    form.focus_first_error()
    return page(
        request,
        workspace,
        "registrations/telephone_page",
        title=gettext("Register by telephone"),
        tab="people",
        status=422 if is_refused else 200,
        form=form,
        refusal="" if conference.is_ahead_at(now) else str(conference.refusal_at(now)),
        done=None if form.is_bound else _done(request, workspace),
    )


def _done(request: HttpRequest, workspace: Workspace) -> dict[str, object] | None:
    """What the last call has made, in words; None if the address names none of the user's."""
    number = read_number(request.GET.get("done", ""))
    rows = Registration.objects.run_by(workspace.user).filter(conference=workspace.conference)
    made = rows.filter(pk=number).select_related("organisation", "bridge_point").first() if number else None
    if made is None:
        return None
    return {
        "registration": made,
        "state": state_words(made),
        "is_seated": made.state == Registration.State.CONFIRMED,
        "url": workspace.url("registration", made.pk),
    }
