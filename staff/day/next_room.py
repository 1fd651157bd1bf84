"""Whether the room that speaks next gets an SMS: one box, on the way from the run of show."""

from copy import copy

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from staff.conferences.small_forms import NextRoomForm
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.matter import edit_matter


@workspace_page(*ORGANISERS)
def next_room(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Switch it on or off for the conference."""
    address = workspace.url("show")
    # A copy: the frame around the form goes on to say what is stored.
    mine = copy(workspace.conference)
    return edit_matter(
        request,
        workspace,
        make_form=lambda data: NextRoomForm(data, instance=mine),
        title=gettext("SMS to the room that speaks next"),
        tab="day",
        lead=gettext("Sent while the show runs. The room that is on air gets none."),
        back=address,
        trail=[(gettext("Run of show"), address)],
        cancel_url=address,
    )
