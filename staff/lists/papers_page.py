"""The papers of a conference on one page: what comes in, what goes out; for leaders without contacts."""

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.signed_in import user_of
from lists import exporting, mending
from lists.models import ImportJob
from registrations.models import Delegate, Invitation
from reports import numbers
from staff.lists.downloads import in_file_name, scope
from staff.workspace.access import EVERYBODY, Role, Workspace, workspace_page
from staff.workspace.pages import page

#: Lists that wait for somebody are named, the newest first.
_WAITING_SHOWN = 5


@require_safe
@workspace_page(*EVERYBODY)
def papers(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Everything that goes in and out; for a leader numbers, and lists without phone numbers and addresses."""
    return _show(request, workspace)


@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page at the address by the number of the conference, for those who run something of it."""
    found = scope(request, pk)
    role = Role.ORGANISER if found.is_organiser else Role.COORDINATOR
    return _show(request, Workspace(found.conference, user_of(request), role))


def _show(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    points = workspace.scope.points
    seated = Delegate.objects.attending().filter(registration__bridge_point__in=list(points)).order_by()
    people = dict(seated.values_list("registration__bridge_point").annotate(count=Count("*")))
    rows = [(point, people.get(point.pk, 0)) for point in points.values()]
    return page(
        request,
        workspace,
        "lists/papers",
        title=gettext("Papers"),
        tab="papers",
        is_organiser=workspace.is_organiser,
        reads_only=workspace.role == Role.LEADER,
        rows=rows,
        people=sum(count for _point, count in rows),
        waiting=sum(point.waiting_count for point in points.values()),
        lists=_waiting_lists(workspace) if workspace.is_organiser else (),
        invitations=_invitations(workspace) if workspace.is_organiser else (),
    )


def _waiting_lists(workspace: Workspace) -> QuerySet[ImportJob]:
    waiting = ImportJob.objects.filter(conference=workspace.conference, state__in=mending.WAITING)
    return waiting.without_rows()[:_WAITING_SHOWN]


def _invitations(workspace: Workspace) -> QuerySet[Invitation]:
    return Invitation.objects.filter(conference=workspace.conference).annotate(guests_count=Count("guests"))


@require_safe
@workspace_page(*EVERYBODY)
def names(request: HttpRequest, workspace: Workspace) -> HttpResponseBase:
    """The delegates for Excel, without phone numbers, e-mail addresses and what they answered."""
    pieces = exporting.export_xlsx(numbers.registrations(workspace.scope), with_contacts=False)
    name = exporting.file_name(f"dai-bieu-{workspace.conference.slug}-khong-lien-he", "xlsx")
    return exporting.download(pieces, name, exporting.XLSX)


@require_safe
@workspace_page(Role.LEADER)
def delegate_list(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """The list of delegates of a bridge point in Word, without phone numbers."""
    point = get_object_or_404(workspace.conference.bridge_points.select_related("conference", "province"), pk=pk)
    # The libraries for Word are loaded when somebody asks for a paper, see staff/lists/urls.py.
    made: bytes = import_string("lists.papers.documents.delegate_list")(point, with_phones=False)
    response: HttpResponse = import_string("staff.lists.papers.docx")(made, f"danh-sach-{in_file_name(point.label)}")
    return response
