"""Lists from Excel: uploading, looking at what would happen, confirming, watching it happen. For organisers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bridges.models import BridgePoint
from conference.models import Conference
from registrations.exchange import columns, exporting, jobs, planning, progress, samples, tasks
from registrations.exchange.reading import MAX_BYTES, Unreadable
from registrations.exchange_downloads import page
from registrations.models import ImportJob

# Celery looks for tasks in the room's own tasks.py; its workers load the addresses too.
TASKS = (tasks.run_import, tasks.forget_old_imports)
_PER_PAGE = 100
State = ImportJob.State
#: What the dry run calls its columns, by kind of list.
_SHOWN = {
    ImportJob.Kind.PEOPLE: (
        gettext_lazy("full name"), gettext_lazy("position"), gettext_lazy("organisation"),
        gettext_lazy("bridge point"), gettext_lazy("phone"), gettext_lazy("e-mail"),
    ),
    ImportJob.Kind.POINTS: (
        gettext_lazy("name"), gettext_lazy("kind"), gettext_lazy("province"), gettext_lazy("address"),
        gettext_lazy("seats"), gettext_lazy("technical contact"),
    ),
}  # fmt: skip
_VERDICTS = {
    planning.NEW: gettext_lazy("new"),
    planning.CHANGED: gettext_lazy("changed"),
    planning.SAME: gettext_lazy("unchanged"),
    planning.REFUSED: gettext_lazy("refused"),
}


class UploadForm(forms.Form):
    """A file, and where those without a bridge point go."""

    file = forms.FileField(
        label=gettext_lazy("File (.xlsx or .csv)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": gettext_lazy("Please choose a file."),
            "missing": gettext_lazy("Please choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )
    point = forms.ModelChoiceField(
        label=gettext_lazy("Bridge point of rows that name none"),
        queryset=BridgePoint.objects.none(),
        required=False,
        empty_label=gettext_lazy("none: such rows are refused"),
    )

    def __init__(self, *args: Any, conference: Conference, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == ImportJob.Kind.PEOPLE:
            self.fields["point"].queryset = conference.bridge_points.all()
        else:
            del self.fields["point"]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("The file is bigger than 5 MB. Please split the list, or take pictures out of it.")
            )
        return file


def _conference(request: HttpRequest, pk: int) -> Conference:
    return get_object_or_404(Conference.objects.run_by(request.user), pk=pk)


def _kind(kind: str) -> str:
    if kind not in ImportJob.Kind.values:
        raise Http404
    return kind


def _title(kind: str) -> str:
    return _("Registrations from a list") if kind == ImportJob.Kind.PEOPLE else _("Bridge points from a list")


def _refusal(conference: Conference) -> str:
    over = conference.cancelled_at or timezone.now() >= conference.ends_at
    return str(conference.refusal_at(timezone.now())) if over else ""


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Choose a file."""
    conference, kind = _conference(request, pk), _kind(kind)
    form = UploadForm(request.POST or None, request.FILES or None, conference=conference, kind=kind)
    refusal = _refusal(conference)
    if request.method == "POST" and not refusal and form.is_valid():
        file, point = form.cleaned_data["file"], form.cleaned_data.get("point")
        try:
            job = jobs.check(
                conference=conference,
                kind=kind,
                content=file.read(),
                name=file.name,
                options={"default_point": point.pk if point else None},
                by=request.user,
                now=timezone.now(),
            )
        except Unreadable as unreadable:
            form.add_error("file", str(unreadable))
        else:
            return redirect("exchange:job", job.pk)
    listed = columns.PEOPLE if kind == ImportJob.Kind.PEOPLE else columns.POINTS
    earlier = ImportJob.objects.filter(conference=conference, kind=kind).select_related("by").defer("rows", "plan")
    response = page(
        request,
        "upload",
        _title(kind),
        conference,
        form=form,
        kind=kind,
        refusal=refusal,
        headings=[column.heading for column in listed],
        earlier=earlier[:10],
    )
    response.status_code = 422 if form.errors else 200
    return response


@require_safe
def sample_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """A list to begin with."""
    conference, kind = _conference(request, pk), _kind(kind)
    names = [point.label for point in conference.bridge_points.all()[:1]]
    what = "mau-dai-bieu.xlsx" if kind == ImportJob.Kind.PEOPLE else "mau-diem-cau.xlsx"
    return exporting.download(samples.sample(kind, names), what, exporting.XLSX)


def _job(request: HttpRequest, pk: int, *, with_rows: bool = True) -> ImportJob:
    jobs_of_his = ImportJob.objects.run_by(request.user).select_related("conference")
    return get_object_or_404(jobs_of_his if with_rows else jobs_of_his.defer("rows", "plan"), pk=pk)


def _how_far(job: ImportJob) -> dict[str, Any]:
    """What the progress bar shows."""
    done, _noted = progress.read(job.pk, job.run)
    work = sum(job.counts.get(verdict, 0) for verdict in (planning.NEW, planning.CHANGED))
    return {"done": min(done, work), "work": work, "percent": int(100 * min(done, work) / work) if work else 0}


@require_safe
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What would happen; while it happens, how far it is; afterwards, what has happened."""
    job = _job(request, pk)
    failed = job.state == State.FAILED or jobs.is_silent(job, timezone.now())
    counts = job.counts
    chosen = request.GET.get("show", "")
    rows = [row for row in job.plan if chosen not in _VERDICTS or row["verdict"] == chosen]
    if chosen == "noted":
        rows = [row for row in job.plan if row["notes"]]
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("p"))
    for row in shown:
        row["label"] = _VERDICTS[row["verdict"]]
    return page(
        request,
        "job",
        _title(job.kind),
        job.conference,
        job=job,
        is_people=job.kind == ImportJob.Kind.PEOPLE,
        failed=failed,
        running=job.state == State.RUNNING and not failed,
        is_done=job.state == State.DONE,
        facts=[(verdict, label, counts.get(verdict, 0)) for verdict, label in _VERDICTS.items()],
        noted=sum(bool(row["notes"]) for row in job.plan),
        chosen=chosen,
        headings=_SHOWN[job.kind],
        shown=shown,
        notify=job.options.get("notify", True),
        **_how_far(job),
    )


@require_safe
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress bar alone, asked for every other second; loads the page anew when there is more to see."""
    if not admin.site.has_permission(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    job = _job(request, pk, with_rows=False)
    if job.state != State.RUNNING or jobs.is_silent(job, timezone.now()):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    response = render(request, "staff/lists/_progress.html", {"job": job, **_how_far(job)})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm: hand it over to a worker."""
    job = _job(request, pk, with_rows=False)
    if refusal := _refusal(job.conference):
        messages.error(request, refusal)
        return redirect("exchange:job", pk)
    try:
        jobs.start(job=job, notify=request.POST.get("notify") == "on", now=timezone.now())
    except jobs.NotStarted as reason:
        messages.warning(request, str(reason))
    return redirect("exchange:job", pk)


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the list away."""
    job = _job(request, pk, with_rows=False)
    rows = job.counts.get("rows", 0)
    if jobs.dismiss(job=job, now=timezone.now()):
        words = ngettext("The list with %(count)d row was deleted.", "The list with %(count)d rows was deleted.", rows)
        messages.success(request, words % {"count": rows})
        return redirect("exchange:upload", job.conference_id, job.kind)
    messages.warning(request, _("This list is being applied; it cannot be deleted now."))
    return redirect("exchange:job", pk)
