"""The papers of a conference: everybody's way to them, and what somebody who only reads gets of them."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from registrations.models import Delegate
from staff.lists.downloads import in_file_name
from staff.workspace.access import EVERYBODY, Role, Workspace, workspace_page
from staff.workspace.pages import page


@require_safe
@workspace_page(*EVERYBODY)
def papers(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Leads to the lists and papers; a leader gets the lists of delegates without phone numbers."""
    if workspace.role != Role.LEADER:
        return redirect("lists:overview", workspace.conference.pk)
    points = workspace.scope.points
    seated = Delegate.objects.attending().filter(registration__bridge_point__in=list(points)).order_by()
    people = dict(seated.values_list("registration__bridge_point").annotate(count=Count("*")))
    rows = [(point, people.get(point.pk, 0)) for point in points.values()]
    return page(request, workspace, "roles/papers", title=gettext("Papers"), tab="papers", rows=rows)


@require_safe
@workspace_page(Role.LEADER)
def delegate_list(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """The list of delegates of a bridge point in Word, without phone numbers."""
    point = get_object_or_404(workspace.conference.bridge_points.select_related("conference", "province"), pk=pk)
    # The libraries for Word are loaded when somebody asks for a paper, see staff/lists/urls.py.
    made: bytes = import_string("lists.papers.documents.delegate_list")(point, with_phones=False)
    response: HttpResponse = import_string("staff.lists.papers.docx")(made, f"danh-sach-{in_file_name(point.label)}")
    return response
