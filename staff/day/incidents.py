"""Incidents on the board: cause and note, entered and ended by hand."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.fields import LineField
from conference.models import raise_day_version
from control import incidents
from control.models import Incident
from control.room_words import hour
from staff.edit_conflicts import StaffModelForm
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.matter import edit_matter, log


class IncidentForm(StaffModelForm):
    """What caused an incident, and what is to be said of it."""

    class Meta:
        model = Incident
        fields = ("cause", "note")
        field_classes = {"note": LineField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        causes: Any = self.fields["cause"]
        causes.choices = [("", gettext("not known yet")), *Incident.Cause.choices]


class ShownIncident(NamedTuple):
    """An incident on the board: its hours in words, its minutes, and its form; None: the reader changes nothing."""

    incident: Incident
    began: str
    ended: str
    minutes: int
    form: IncidentForm | None


def incident_forms(found: Iterable[Incident], now: datetime, *, may_change: bool) -> list[ShownIncident]:
    """The incidents ``found`` as the board shows them at ``now``."""
    return [_shown(incident, now, may_change) for incident in found]


def _shown(incident: Incident, now: datetime, may_change: bool) -> ShownIncident:
    form = IncidentForm(instance=incident, auto_id=f"incident-{incident.pk}-%s") if may_change else None
    ended = hour(incident.ended_at, now) if incident.ended_at else ""
    seconds = ((incident.ended_at or now) - incident.began_at).total_seconds()
    return ShownIncident(incident, hour(incident.began_at, now), ended, round(seconds / 60), form)


def _incident(workspace: Workspace, number: int) -> Incident:
    found = Incident.objects.filter(pk=number, bridge_point__in=list(workspace.scope.points))
    incident = found.select_related("bridge_point").first()
    if incident is None:
        raise Http404
    return incident


@workspace_page(*WORKERS)
def edit(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """Store cause and note; the form stands on the board, and here where something is to be asked about."""
    incident = _incident(workspace, number)

    def tell_boards(form: Any) -> None:
        raise_day_version(workspace.conference.pk)

    return edit_matter(
        request,
        workspace,
        make_form=lambda data: IncidentForm(data, instance=incident),
        title=str(incident),
        tab="day",
        back=workspace.url("board"),
        after_save=tell_boards,
        cancel_url=workspace.url("board"),
    )


@workspace_page(*WORKERS)
@require_POST
def end(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """End an incident by hand."""
    incident = _incident(workspace, number)
    try:
        incidents.end(incident=incident, now=timezone.now())
    except incidents.IncidentEnded:
        messages.info(request, gettext("It has ended already."))
    else:
        with override(None):
            words = gettext("Incident ended by hand")
        log(request, incident, CHANGE, words)
        messages.success(request, gettext("The incident has ended."))
    return redirect(workspace.url("board"))


class NewIncidentForm(forms.Form):
    """Something that went wrong and that nothing notices by itself."""

    note = LineField(label=_("What happened"), max_length=300)

    def __init__(self, data: Any, workspace: Workspace) -> None:
        super().__init__(data, auto_id="new-%s")
        points = [(pk, point.label) for pk, point in workspace.scope.points.items()]
        self.fields["point"] = forms.TypedChoiceField(label=_("Bridge point"), coerce=int, choices=points)
        self.order_fields(["point", "note"])


def enter(request: HttpRequest, workspace: Workspace, form: NewIncidentForm) -> None:
    """Enter by hand, from now on, what the valid ``form`` says."""
    point = workspace.scope.points[form.cleaned_data["point"]]
    incident = incidents.enter(point=point, note=form.cleaned_data["note"], now=timezone.now())
    log(request, incident, ADDITION, [{"added": {}}])
    messages.success(request, gettext("The incident is entered."))
