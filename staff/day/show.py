"""The run of show in the workspace: the table of its cues, and the controls while it runs."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import condition, require_POST, require_safe

from control.floor import number_of
from control.presses import Press, PressRefused, cues_changed, make_cues, press
from control.show import Standing, look, version_of
from control.show_log import all_presses, latest_presses
from control.show_words import how_late
from staff.day.show_forms import cue_table
from staff.day.subtabs import day_page
from staff.workspace.access import ORGANISERS, READERS, Workspace, workspace_page
from staff.workspace.matter import edit_rows, log

_FILE_NAMES = {"run_of_show": "kich-ban-dieu-hanh", "record": "ket-qua-kich-ban"}
#: What the press of the button of one row does.
_ROW_PRESSES = (Press.SKIP, Press.TAKE_IN)


#: So many presses stand below the controls; the record has all of them.
_LATEST = 10


def _context(workspace: Workspace, standing: Standing, now: datetime) -> dict[str, Any]:
    return {
        "standing": standing,
        "how_late": how_late(standing),
        "now": now,
        "is_organiser": workspace.is_organiser,
        "press_url": workspace.url("show_press"),
        "presses": latest_presses(workspace.conference, _LATEST),
    }


@require_safe
@workspace_page(*READERS)
def show(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """What is on, what comes next, and the buttons; leaders read."""
    now = timezone.now()
    standing = look(workspace.conference, now)
    context = _context(workspace, standing, now)
    context["has_programme"] = workspace.conference.programme.exists()
    return day_page(request, workspace, "day/show", title=gettext("Run of show"), here="show", **context)


def _mark(request: HttpRequest, workspace: Workspace) -> str:
    """Changes with each press, and with the minute, which every time on the page is told in."""
    minute = timezone.now().strftime("%j%H%M")
    return f'"{version_of(workspace.conference)}-{minute}-{get_language()}-{workspace.role}"'


@require_safe
@workspace_page(*READERS)
@condition(etag_func=_mark)
def show_live(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The part of the page that changes while the show runs; 304 while it does not."""
    now = timezone.now()
    standing = look(workspace.conference, now)
    return render(request, "staff/day/_show.html", _context(workspace, standing, now))


def pressed(request: HttpRequest) -> tuple[Press | None, int | None]:
    """What was pressed, and on which cue."""
    for what in _ROW_PRESSES:
        number = number_of(request.POST.get(what.value, ""))
        if number >= 0:
            return what, number
    try:
        return Press(request.POST.get("what", "")), None
    except ValueError:
        return None, None


@require_POST
@workspace_page(*ORGANISERS)
def show_press(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """A button of the controls."""
    what, cue = pressed(request)
    version = number_of(request.POST.get("version", ""))
    if what is None or version < 0:
        messages.error(request, gettext("This button is not known any more: please press again."))
    else:
        try:
            press(
                conference=workspace.conference,
                what=what,
                version=version,
                now=timezone.now(),
                by=workspace.user,
                cue=cue,
            )
        except PressRefused as refused:
            messages.warning(request, str(refused))
            return redirect(workspace.url("show"))
    # On a phone the frame takes the whole screen; who presses again looks at what is on.
    return redirect(workspace.url("show") + "#show-now")


@require_POST
@workspace_page(*ORGANISERS)
def show_make(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Make cues of the entries of the programme that have none."""
    count = make_cues(conference=workspace.conference)
    if count:
        words = ngettext(
            "%(count)d part was made from the programme.",
            "%(count)d parts were made from the programme.",
            count,
        ) % {"count": count}
        log(request, workspace.conference, CHANGE, words)
        messages.success(request, f"{words} {gettext('Enter who speaks from where.')}")
    else:
        messages.info(request, gettext("Every entry of the programme has its part already."))
    return redirect(workspace.url("show_cues"))


@workspace_page(*ORGANISERS)
def show_cues(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The cues as a table."""
    address = workspace.url("show")
    return edit_rows(
        request,
        workspace,
        make_formset=lambda data: cue_table(workspace.conference, data),
        title=gettext("Parts of the run of show"),
        tab="day",
        after_save=lambda _formset: cues_changed(conference=workspace.conference),
        template="day/cues",
        lead=gettext(
            "Each part begins when the one before has ended; with a time in “not before”, at that time at the earliest."
        ),
        trail=[(gettext("Run of show"), address)],
        cancel_url=address,
    )


@require_safe
@workspace_page(*READERS)
def show_paper(request: HttpRequest, workspace: Workspace, made: str) -> HttpResponse:
    """The run of show in Word: ``made`` is "run_of_show", as planned, or "record", as it was."""
    standing = look(workspace.conference, timezone.now())
    # The libraries for Word are loaded when somebody asks for a paper, see staff/lists/urls.py.
    content: bytes = import_string(f"control.papers.{made}")(workspace.conference, standing)
    response: HttpResponse = import_string("staff.lists.papers.docx")(content, _FILE_NAMES[made])
    return response


@require_safe
@workspace_page(*READERS)
def show_record(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """What was planned and what became of it, part by part."""
    standing = look(workspace.conference, timezone.now())
    address = workspace.url("show")
    return day_page(
        request,
        workspace,
        "day/show_record",
        title=gettext("Planned and real"),
        here="show",
        standing=standing,
        how_late=how_late(standing),
        presses=all_presses(workspace.conference),
        trail=[(gettext("Run of show"), address)],
    )
