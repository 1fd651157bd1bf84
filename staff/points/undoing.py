"""Hoàn tác: taking back what one press has changed at bridge points, as long as nobody has changed it since."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext, override
from django.views.decorators.http import require_POST

from accounts.models import User
from bridges import services
from bridges.models import BridgePoint, Coordinator
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.matter import log

_SALT = "staff.points.undoing"
_POSSIBLE_FOR = timedelta(hours=1)


def log_column(request: HttpRequest, workspace: Workspace, numbers: Any, name: str) -> None:
    """Write into the log that the column ``name`` of the points with these ``numbers`` was changed."""
    with override(None):
        label = str(BridgePoint._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    for number in numbers:
        log(request, workspace.scope.points[number], CHANGE, [{"changed": {"fields": [label.capitalize()]}}])


def offer(request: HttpRequest, workspace: Workspace, words: str, *, back: str, **facts: Any) -> None:
    """Say ``words``, with a button that takes it back and leads to the address ``back``.

    ``facts``: what ``_take_back`` must know, as JSON can hold it.
    """
    facts["user"] = workspace.user.pk
    token = signing.dumps(facts, salt=_SALT, compress=True)
    context = {"words": words, "token": token, "back": back, "action": workspace.url("points_undo")}
    messages.success(request, render_to_string("staff/points/_undo.html", context, request))


def change_column(request: HttpRequest, workspace: Workspace, *, points: Any, name: str, value: Any) -> dict[int, Any]:
    """Set a column of some points, with an entry in the log for each; returns what those held that were changed."""
    with transaction.atomic():
        before = services.change_points(points=points, name=name, value=value)
        log_column(request, workspace, before, name)
    return before


@require_POST
@workspace_page(*WORKERS)
def undo(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Take back what the button stands for, and go back to its page."""
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, None):
        back = workspace.url("points")
    try:
        facts = signing.loads(request.POST.get("token", ""), salt=_SALT, max_age=_POSSIBLE_FOR)
    except signing.BadSignature:
        messages.warning(request, gettext("This can no longer be undone: it was more than an hour ago."))
        return redirect(back)
    if facts["user"] == workspace.user.pk:
        with transaction.atomic():
            _report(request, _take_back(request, workspace, facts))
    return redirect(back)


def _report(request: HttpRequest, count: int) -> None:
    if count:
        words = ngettext("Undone at %(count)d bridge point.", "Undone at %(count)d bridge points.", count)
        messages.success(request, words % {"count": count})
    else:
        messages.info(request, gettext("Nothing was undone: somebody has changed it again since."))


def _take_back(request: HttpRequest, workspace: Workspace, facts: Mapping[str, Any]) -> int:
    """Returns at how many points something was taken back."""
    if "removed" in facts:
        return _appoint_again(request, workspace, facts)
    # As JSON has them, numbers are texts.
    before = {int(number): value for number, value in facts["before"].items() if int(number) in workspace.scope.points}
    name, count = facts["name"], 0
    still = BridgePoint.objects.filter(pk__in=list(before), **{name: facts["value"]})
    unchanged = set(still.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    for value in sorted(set(before.values()), key=str):
        numbers = [number for number in unchanged if before[number] == value]
        count += len(change_column(request, workspace, points=numbers, name=name, value=value))
    return count


def _appoint_again(request: HttpRequest, workspace: Workspace, facts: Mapping[str, Any]) -> int:
    point = workspace.scope.points.get(facts["point"])
    user = User.objects.filter(pk=facts["removed"], is_staff=True).first()
    if point is None or user is None or not workspace.is_organiser:
        return 0
    _row, is_new = Coordinator.objects.get_or_create(bridge_point=point, user=user)
    if is_new:
        log(request, point, CHANGE, gettext("Coordinator appointed again."))
    return int(is_new)
