"""Putting a list right in its preview: what its headings mean, where its rows go, what a row says. For organisers."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.signed_in import user_of
from lists import mending
from lists.models import ImportJob
from lists.people.entries import REFUSED
from lists.people.plan import LEFT_OUT
from lists.reading import unknown_field
from staff.edit_conflicts import focus_in
from staff.lists.downloads import page
from staff.lists.mending_forms import RowForm, SettleForm
from staff.lists.views import find_job, show_job, tab_of


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the list as was said, and show what would happen then."""
    job = find_job(request, pk)
    form = SettleForm(job, request.POST)
    if not form.is_valid():
        focus_in(form, list(form.fields))
        return show_job(request, job, form, status=422)
    try:
        mending.settle(job=job, said=form.settled(), by=user_of(request), now=timezone.now())
    except mending.NotMended as reason:
        messages.warning(request, str(reason))
    else:
        messages.success(request, gettext("The list was read anew. What its columns mean is kept for the next list."))
    return redirect("lists:job", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Mend one row, or leave it out."""
    job = find_job(request, pk)
    cells = mending.cells_of(job, line)
    if cells is None or job.state not in mending.WAITING:
        raise Http404
    data = request.POST.copy() if request.method == "POST" else None
    planned = _planned(job, line)
    form = RowForm(job, cells, planned["wrong"], data)
    if form.is_bound and form.is_valid() and (answer := _store(request, job, line, form)):
        return answer
    focus_in(form, list(form.fields))
    said_at_fields = planned["wrong"].values()
    response = page(
        request,
        "row",
        gettext("Row %(line)d") % {"line": line},
        job.conference,
        tab=tab_of(job.kind),
        job=job,
        form=form,
        notes=[] if form.is_bound else [note for note in planned["notes"] if note not in said_at_fields],
        is_refused=planned["verdict"] == REFUSED,
        others=_others(job, line),
    )
    response.status_code = 422 if form.is_bound else 200
    return response


def _planned(job: ImportJob, line: int) -> dict[str, Any]:
    """What would become of the row, as the plan of ``job`` says it."""
    found: dict[str, Any] = next((row for row in job.plan if row["signature"][0] == line), {})
    return {"notes": [], "verdict": "", "wrong": {}, **found}


def _store(request: HttpRequest, job: ImportJob, line: int, form: RowForm) -> HttpResponse | None:
    """Write what was changed in the valid ``form``; None if somebody else has changed the same, which it says then."""
    before, after = form.before_and_after()
    try:
        if after:
            mending.mend(job=job, line=line, before=before, after=after)
    except mending.NotMended as reason:
        messages.warning(request, str(reason))
        return redirect("lists:job", job.pk)
    except mending.MendedMeanwhile as other:
        _ask(form, form.data, other.now)
        return None
    return _mended(request, job, line)


def _ask(form: RowForm, data: Any, now: Mapping[str, str]) -> None:
    """Show beside each field what somebody else has written meanwhile; sent again, the reader's own word counts."""
    for name, text in now.items():
        if text == data.get(form.add_initial_prefix(name), ""):
            continue
        form.add_error(
            name,
            gettext("Meanwhile somebody has written “%(text)s” here. Press the button again to replace it.")
            % {"text": text or "–"},
        )
        data[form.add_initial_prefix(name)] = text if name != LEFT_OUT else str(bool(text))


def _others(job: ImportJob, line: int) -> list[tuple[str, str]]:
    """What stands in the columns of the row that are none of ours: heading and text."""
    cells: dict[str, str] = next(cells for number, cells in job.rows if number == line)
    meant = job.options.get("meant") or {}
    unknown = (job.options.get("unknown") or {}).items()
    return [
        (heading, cells[unknown_field(int(index))])
        for index, heading in unknown
        if not meant.get(index) and cells.get(unknown_field(int(index)))
    ]


def _mended(request: HttpRequest, job: ImportJob, line: int) -> HttpResponse:
    """Say what becomes of the row now; go on to the next that is refused."""
    job.refresh_from_db(fields=["plan", "counts"])
    now = _planned(job, line)
    if now["verdict"] == REFUSED and now["wrong"]:
        messages.warning(
            request, gettext("Row %(line)d is still refused: %(why)s") % {"line": line, "why": " ".join(now["notes"])}
        )
        return redirect("lists:row", job.pk, line)
    messages.success(request, gettext("Row %(line)d is stored in the list.") % {"line": line})
    show = "?show=refused#rows" if job.counts.get(REFUSED) else "#rows"
    return redirect(f"{reverse('lists:job', args=[job.pk])}{show}")
