"""Lists from Excel: uploading, looking at what would happen, confirming, watching it happen. For organisers."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.signed_in import user_of
from bridges.models import BridgePoint
from conference.models import Conference
from lists import exporting, headings, jobs, progress, refused, samples, starting
from lists.meeting import plan as meeting
from lists.models import ImportJob
from lists.people import columns
from lists.people.entries import CHANGED, NEW, REFUSED, SAME
from lists.reading import MAX_BYTES, refusal_at_sight
from staff.broken_values import read_number
from staff.lists.downloads import page
from staff.lists.mending_forms import SettleForm

_PER_PAGE = 100
#: By which a PDF or an old Excel file is known.
_FIRST_BYTES = 16
State = ImportJob.State
#: What the dry run calls its columns, by kind of list.
_SHOWN = {
    ImportJob.Kind.PEOPLE: (
        gettext_lazy("full name"), gettext_lazy("position"), gettext_lazy("organisation"),
        gettext_lazy("bridge point"), gettext_lazy("phone"), gettext_lazy("e-mail"),
    ),
    ImportJob.Kind.POINTS: (
        gettext_lazy("name"), gettext_lazy("kind"), gettext_lazy("province"), gettext_lazy("address"),
        gettext_lazy("seats"), gettext_lazy("technical contact"), gettext_lazy("connection"),
        gettext_lazy("coordinator"),
    ),
    ImportJob.Kind.MEETING: (
        gettext_lazy("name in the meeting"), gettext_lazy("means"), gettext_lazy("e-mail"), gettext_lazy("joined at"),
        gettext_lazy("left at"), gettext_lazy("minutes"),
    ),
}  # fmt: skip
_VERDICTS = {
    NEW: gettext_lazy("new"),
    CHANGED: gettext_lazy("changed"),
    SAME: gettext_lazy("unchanged"),
    REFUSED: gettext_lazy("refused"),
}
_VERDICTS_OF_MEETING = {
    NEW: gettext_lazy("delegate found"),
    meeting.ROOM: gettext_lazy("device of a room"),
    meeting.OPEN: gettext_lazy("not matched"),
    meeting.NOBODY: gettext_lazy("not a delegate"),
    SAME: gettext_lazy("known already"),
    REFUSED: gettext_lazy("refused"),
}


def _verdicts(kind: str) -> dict[str, Any]:
    """What may become of a row of a list of ``kind``, and how that is called."""
    return _VERDICTS_OF_MEETING if kind == ImportJob.Kind.MEETING else _VERDICTS


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
    zone = forms.ChoiceField(
        label=gettext_lazy("Times in the file"),
        choices=[("", gettext_lazy("as the clock in Vietnam")), ("utc", gettext_lazy("UTC"))],
        required=False,
        help_text=gettext_lazy("Where a time says its zone, that counts."),
    )

    def __init__(self, *args: Any, conference: Conference, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        point = cast("forms.ModelChoiceField[Any]", self.fields["point"])
        if kind == ImportJob.Kind.POINTS:
            del self.fields["point"]
        else:
            point.queryset = conference.bridge_points.all()
        if kind == ImportJob.Kind.MEETING:
            point.label = gettext("Whose meeting it was")
            point.empty_label = gettext("of all bridge points")
        else:
            del self.fields["zone"]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_BYTES:
            raise forms.ValidationError(
                gettext("The file is bigger than 5 MB. Please split the list, or take pictures out of it.")
            )
        if why := refusal_at_sight(file.read(_FIRST_BYTES), file.name or ""):
            raise forms.ValidationError(why)
        file.seek(0)
        return file


def _conference(request: HttpRequest, pk: int) -> Conference:
    return get_object_or_404(Conference.objects.run_by(user_of(request)), pk=pk)


def _kind(kind: str) -> str:
    if kind not in ImportJob.Kind.values:
        raise Http404
    return kind


def _title(kind: str) -> str:
    titles = {
        ImportJob.Kind.PEOPLE: gettext("Registrations from a list"),
        ImportJob.Kind.POINTS: gettext("Bridge points from a list"),
        ImportJob.Kind.MEETING: gettext("Who was in the meeting"),
    }
    return titles[ImportJob.Kind(kind)]


def tab_of(kind: str) -> str:
    """The tab of the workspace under which a list of ``kind`` stands."""
    return "day" if kind == ImportJob.Kind.MEETING else "papers"


def _refusal(conference: Conference, kind: str) -> str:
    if kind == ImportJob.Kind.MEETING:
        # The list is there when the meeting is over; once the people are erased it would name them again.
        return gettext("The personal data of this conference are erased.") if conference.erased_at else ""
    over = not conference.is_ahead_at(timezone.now())
    return str(conference.refusal_at(timezone.now())) if over else ""


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Choose a file."""
    conference, kind = _conference(request, pk), _kind(kind)
    form = UploadForm(request.POST or None, request.FILES or None, conference=conference, kind=kind)
    refusal = _refusal(conference, kind)
    if request.method == "POST" and not refusal and (job := _keep(request, form, conference, kind)):
        return redirect("lists:job", job.pk)
    listed = headings.columns_of(conference, kind)
    earlier = ImportJob.objects.filter(conference=conference, kind=kind).select_related("by").without_rows()
    response = page(
        request,
        "upload",
        _title(kind),
        conference,
        tab=tab_of(kind),
        form=form,
        kind=kind,
        refusal=refusal,
        headings=[column.heading for column in listed],
        earlier=earlier[:10],
    )
    response.status_code = 422 if form.errors else 200
    return response


def _keep(request: HttpRequest, form: UploadForm, conference: Conference, kind: str) -> ImportJob | None:
    """Have the file in ``form`` read; None if that cannot be now, which the form says then."""
    if not form.is_valid():
        return None
    file, point = form.cleaned_data["file"], form.cleaned_data.get("point")
    try:
        return starting.upload(
            conference=conference,
            kind=kind,
            content=file.read(),
            name=file.name,
            options={"default_point": point.pk if point else None, "zone": form.cleaned_data.get("zone", "")},
            by=user_of(request),
            now=timezone.now(),
        )
    except starting.NotStarted as reason:
        form.add_error("file", str(reason))
        return None


@require_safe
def sample_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """A list to begin with."""
    conference, kind = _conference(request, pk), _kind(kind)
    names = [point.label for point in conference.bridge_points.all()[:1]]
    what = {"people": "mau-dai-bieu.xlsx", "points": "mau-diem-cau.xlsx", "meeting": "mau-phong-hop.xlsx"}[kind]
    asked = columns.asked_of(conference) if kind == ImportJob.Kind.PEOPLE else ()
    return exporting.download(samples.sample(kind, names, asked), what, exporting.XLSX)


def find_job(request: HttpRequest, pk: int, *, with_rows: bool = True) -> ImportJob:
    """The list with that number.

    Raises:
        Http404: the user does not run its conference.
    """
    own_jobs = ImportJob.objects.run_by(user_of(request)).select_related("conference")
    return get_object_or_404(own_jobs.defer("content") if with_rows else own_jobs.without_rows(), pk=pk)


def _how_far(job: ImportJob) -> dict[str, Any]:
    """What the progress bar shows."""
    done, _noted = progress.read(job.pk, job.run)
    work = sum(job.counts.get(verdict, 0) for verdict in {NEW, CHANGED, *meeting.STORED})
    return {"done": min(done, work), "work": work, "percent": int(100 * min(done, work) / work) if work else 0}


def _chosen_rows(plan: list[dict[str, Any]], chosen: str) -> list[dict[str, Any]]:
    """The rows with the verdict ``chosen``, those with a note for "noted", all for anything else."""
    if chosen == "noted":
        return [row for row in plan if row["notes"]]
    if any(row["verdict"] == chosen for row in plan):
        return [row for row in plan if row["verdict"] == chosen]
    return plan


def _columns_shown(job: ImportJob) -> list[tuple[int, Any]]:
    """Place and heading of the columns of the plan: the first, and those that say something in any row."""
    headings = list(enumerate(_SHOWN[ImportJob.Kind(job.kind)]))
    rows = [row["cells"] for row in job.plan]
    return [
        (place, words) for place, words in headings if not place or any(any(cells[place : place + 1]) for cells in rows)
    ]


@require_safe
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What would happen; while it happens, how far it is; afterwards, what has happened."""
    return show_job(request, find_job(request, pk))


def show_job(
    request: HttpRequest, job: ImportJob, form: SettleForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The page of ``job``; ``form``: what was said about it and cannot be taken."""
    silent = jobs.is_silent(job, timezone.now())
    if job.state in (State.READING, State.REFUSED):
        waiting = job.state == State.READING and not silent
        tab = tab_of(job.kind)
        return page(request, "unread", _title(job.kind), job.conference, tab=tab, job=job, waiting=waiting)
    failed = job.state == State.FAILED or silent
    chosen = request.GET.get("show", "")
    shown = Paginator(_chosen_rows(job.plan, chosen), _PER_PAGE).get_page(request.GET.get("p"))
    columns_shown = _columns_shown(job)
    verdicts = _verdicts(job.kind)
    for row in shown:
        row["label"] = verdicts[row["verdict"]]
        row["shown"] = [(heading, row["cells"][place]) for place, heading in columns_shown]
    waits = job.state in (State.CHECKED, State.FAILED)
    response = page(
        request,
        "job",
        _title(job.kind),
        job.conference,
        tab=tab_of(job.kind),
        job=job,
        is_people=job.kind == ImportJob.Kind.PEOPLE,
        is_meeting=job.kind == ImportJob.Kind.MEETING,
        failed=failed,
        running=job.state == State.RUNNING and not failed,
        is_done=job.state == State.DONE,
        erased_at=job.finished_at + jobs.KEPT if job.finished_at and job.plan else None,
        waits=waits,
        settling=(form or SettleForm(job)) if waits else None,
        facts=[(verdict, label, job.counts.get(verdict, 0)) for verdict, label in verdicts.items()],
        noted=sum(bool(row["notes"]) for row in job.plan),
        has_more=any(row.get("more") for row in job.plan),
        chosen=chosen,
        headings=[heading for _place, heading in columns_shown],
        shown=shown,
        notify=job.options.get("notify", True),
        **_how_far(job),
    )
    response.status_code = status
    return response


@require_safe
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress bar alone, asked for every other second or so; loads the page anew when there is more to see."""
    if not admin.site.has_permission(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    job = find_job(request, pk, with_rows=False)
    if job.state not in (State.READING, State.RUNNING) or jobs.is_silent(job, timezone.now()):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    response = render(request, "staff/lists/_progress.html", {"job": job, **_how_far(job)})
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def refused_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The refused rows with their reasons, to be put right in Excel."""
    job = find_job(request, pk)
    if not job.counts.get(REFUSED) or not job.plan:
        raise Http404
    return exporting.download(refused.xlsx(job), exporting.file_name("dong-bi-tu-choi", "xlsx"), exporting.XLSX)


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm: hand it over to a worker. One that none has read is handed over to be read."""
    job = find_job(request, pk, with_rows=False)
    if refusal := _refusal(job.conference, job.kind):
        messages.error(request, refusal)
        return redirect("lists:job", pk)
    try:
        if job.state == State.READING:
            starting.read_again(job=job, now=timezone.now())
        else:
            starting.start(
                job=job,
                notify=request.POST.get("notify") == "on",
                now=timezone.now(),
                seen=read_number(request.POST.get("seen", "")),
            )
    except starting.NotStarted as reason:
        messages.warning(request, str(reason))
    return redirect("lists:job", pk)


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the list away."""
    job = find_job(request, pk, with_rows=False)
    rows = job.counts.get("rows", 0)
    if jobs.dismiss(job=job, now=timezone.now()):
        messages.success(request, _deleted(rows))
        return redirect("lists:upload", job.conference_id, job.kind)
    messages.warning(request, gettext("This list is being worked on; it cannot be deleted now."))
    return redirect("lists:job", pk)


def _deleted(rows: int) -> str:
    if not rows:
        return gettext("The list was deleted.")
    words = ngettext("The list with %(count)d row was deleted.", "The list with %(count)d rows was deleted.", rows)
    return words % {"count": rows}
