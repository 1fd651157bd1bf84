"""Writing to people in the workspace: who may write to whom, and the form of a draft."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import display_name
from bridges.models import BridgePoint
from common.fields import MomentField
from messaging.models import Announcement
from staff.messages.announcements import Place
from staff.messages.forms import AnnouncementForm
from staff.workspace.access import Workspace
from staff.workspace.widgets import DayAndClock


def announcements_of(workspace: Workspace) -> QuerySet[Announcement]:
    """The messages that the user of ``workspace`` may see, change, confirm and take back.

    A coordinator: those that are for the people of their points and of no other.
    """
    found = Announcement.objects.filter(conference=workspace.conference)
    if workspace.is_organiser:
        return found
    mine = list(workspace.scope.points)
    others = BridgePoint.objects.filter(conference=workspace.conference).exclude(pk__in=mine)
    return found.filter(only_points=True, points__in=mine).exclude(points__in=others).distinct()


def announcement_or_404(workspace: Workspace, pk: int) -> Announcement:
    """The message with this number, if the user of ``workspace`` may see it; else Http404."""
    rows = announcements_of(workspace).select_related("conference", "created_by", "confirmed_by")
    found = rows.prefetch_related("points", "provinces").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def was_deleted(workspace: Workspace, pk: int) -> bool:
    """Whether there was a message with this number, on which the user of ``workspace`` may have been writing."""
    if Announcement.objects.filter(pk=pk).exists():
        return False
    gone = Announcement.history.filter(id=pk, conference=workspace.conference.pk, history_type="-")
    return bool((gone if workspace.is_organiser else gone.filter(only_points=True)).exists())


def within(workspace: Workspace) -> tuple[int, ...] | None:
    """The points whose people the user may see in a preview; None: those of all."""
    return None if workspace.is_organiser else tuple(workspace.scope.points)


def place_of(workspace: Workspace, announcement: Announcement) -> Place:
    """Where the user of ``workspace`` works on ``announcement``."""
    return Place(workspace.url("announcement", announcement.pk), within(workspace), workspace)


def new_draft(workspace: Workspace) -> Announcement:
    """A message that the user of ``workspace`` begins; a coordinator's says who writes."""
    draft = Announcement(conference=workspace.conference, created_by=workspace.user)
    if not workspace.is_organiser:
        draft.only_points = True
        draft.text = _signed(workspace)
    return draft


def _signed(workspace: Workspace) -> str:
    points = ", ".join(point.label for point in workspace.scope.points.values())
    role = gettext("coordinator of %(points)s") % {"points": points}
    return f"{gettext('Dear {name},')}\n\n\n\n{display_name(workspace.user)}\n{role}"


class WriteForm(AnnouncementForm):
    """A draft in the workspace. A coordinator writes to the people of points that they run, and of no others."""

    send_at = MomentField(
        label=capfirst(_("send at")),
        required=False,
        widget=DayAndClock,
        help_text=_("Empty: as soon as confirmed."),
    )

    class Meta(AnnouncementForm.Meta):
        widgets = {
            "subject": forms.TextInput(attrs={"data-placeholders": "1"}),
            "text": forms.Textarea(attrs={"data-placeholders": "1", "rows": 7}),
            "sms_text": forms.Textarea(attrs={"data-placeholders": "1", "rows": 2}),
        }

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        self.conference = workspace.conference
        super().__init__(*args, **kwargs)
        # The preview beside it says in how many parts it leaves.
        self.fields["keep_accents"].help_text = ""
        if self.instance.only_points:
            self._limit_to_points(workspace)

    def _limit_to_points(self, workspace: Workspace) -> None:
        del self.fields["to_guests"]
        points: Any = self.fields["points"]
        mine = list(workspace.scope.points)
        self.offer(points.queryset.filter(pk__in=mine), [(pk, workspace.scope.points[pk].label) for pk in mine])
        points.required = True
        points.help_text = ""
        points.error_messages["required"] = _("Please choose the points whose people get it.")
        if not self.instance.pk:
            self.initial["points"] = mine
        if len(mine) == 1:
            # There is nothing to choose.
            points.widget = points.hidden_widget()
