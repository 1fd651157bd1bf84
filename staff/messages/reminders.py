"""The reminders of a conference in its workspace: the rules at a glance, and the form of each."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import DELETION
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from common.fields import MomentField
from messaging.models import Rule
from messaging.reminders import held_back, rule_changes
from staff.messages import audience_words, rules
from staff.messages.forms import RuleForm
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.matter import edit_matter, log
from staff.workspace.pages import page
from staff.workspace.widgets import DayAndClock


class ReminderForm(RuleForm):
    """A rule, on a page of its own."""

    at = MomentField(label=capfirst(_("fixed time")), required=False, widget=DayAndClock)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        points = BridgePoint.objects.filter(conference=self.instance.conference)
        self.offer(points, [(point.pk, point.label) for point in points])
        # A fixed time has no distance to anything.
        self.fields["amount"].required = self["timing"].value() != Rule.Timing.AT


@workspace_page(*ORGANISERS)
def overview(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Every rule: what it says, to whom, when it goes out next, and whom it holds back."""
    waiting = held_back.list_waiting(workspace.conference)
    rows = [_row(rule, waiting) for rule in sorted(rules.rules_of(workspace.conference), key=_order)]
    return page(request, workspace, "messages/reminders", title=gettext("Reminders"), tab="messages", rows=rows)


def _order(rule: Rule) -> tuple[Any, int]:
    return rule.fires_at(rule.conference), rule.pk


def _row(rule: Rule, waiting: list[tuple[BridgePoint, int]]) -> dict[str, Any]:
    return {
        "rule": rule,
        "to_whom": audience_words.people_words(rule),
        "points": audience_words.points_words(rule),
        "departures": rules.departures(rule),
        "holds_back": held_back.holds_back(rule),
        "held_back": held_back.of_rules([rule], waiting),
    }


@workspace_page(*ORGANISERS)
def add(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """One more rule."""
    return _edit(request, workspace, Rule(conference=workspace.conference), gettext("Add a reminder"))


@workspace_page(*ORGANISERS)
def edit(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """One rule."""
    rule = _rule(workspace, pk)
    return _edit(request, workspace, rule, capfirst(f"{rule.get_text_display()}, {rule.when_words()}"))


def _rule(workspace: Workspace, pk: int) -> Rule:
    rule = Rule.objects.filter(conference=workspace.conference, pk=pk).first()
    if rule is None:
        raise Http404
    # The one that is loaded already.
    rule.conference = workspace.conference
    return rule


def _edit(request: HttpRequest, workspace: Workspace, rule: Rule, title: str) -> HttpResponse:
    saved = next((one for one in rules.rules_of(workspace.conference) if one.pk == rule.pk), None)
    waiting = held_back.list_waiting(workspace.conference) if saved else []
    return edit_matter(
        request,
        workspace,
        make_form=lambda data: ReminderForm(data, instance=rule),
        title=title,
        tab="messages",
        back=workspace.url("reminders"),
        after_save=lambda form: rule_changes.apply_change(rule=form.instance, now=timezone.now()),
        template="messages/reminder",
        rule=saved,
        departures=rules.departures(saved) if saved else [],
        held_back=held_back.of_rules([saved], waiting) if saved else [],
        holds_back=bool(saved and held_back.holds_back(saved)),
        delete_url=workspace.url("reminder_delete", rule.pk) if saved else "",
        cancel_url=workspace.url("reminders"),
    )


@workspace_page(*ORGANISERS)
def delete(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Ask, and delete a rule with what waits of it."""
    rule = _rule(workspace, pk)
    words = capfirst(f"{rule.get_text_display()}, {rule.when_words()}")
    if request.method == "POST":
        log(request, rule, DELETION, words)
        rule_changes.delete_rule(rule=rule)
        messages.success(request, gettext("Deleted. What had not left of it was taken back."))
        return redirect(workspace.url("reminders"))
    return page(
        request,
        workspace,
        "messages/delete",
        title=gettext("Delete this reminder?"),
        tab="messages",
        subtab="reminders",
        what=words,
        note=gettext("What has not left of it is taken back. To pause it, switch it off on its page."),
        back=workspace.url("reminder", rule.pk),
    )
