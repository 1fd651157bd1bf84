"""The parts of all runs of show in one list. They are changed in the workspace, where whoever presses sees it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from control.models import Cue
from staff.filters import RelatedFilter
from staff.scoped import ReadOnlyAdmin
from staff.workspace.access import workspace_url


@admin.display(description=_("state"))
def state_words(cue: Cue) -> str:
    """Where a part stands."""
    if cue.is_running:
        return gettext("on now")
    if cue.is_skipped:
        return gettext("left out")
    return pgettext("cue", "done") if cue.ended_at else pgettext("cue", "to come")


@admin.display(description=_("conference"))
def show_link(cue: Cue) -> SafeString:
    """Where it is changed."""
    address = workspace_url("show_cues", cue.conference)
    return format_html('<a href="{}">{}</a>', address, cue.conference.short_name)


@admin.register(Cue)
class CueAdmin(ReadOnlyAdmin):
    coordinator_may = frozenset()
    list_display = ("title", "who", "point", "minutes", state_words, show_link)
    list_filter = (("conference", RelatedFilter), "way", "is_skipped")
    list_select_related = ("conference", "point")
    list_per_page = 50
    ordering = ("-conference__starts_at", "position", "id")
    # The stubs know no functions among fields.
    fields: ClassVar[Any] = (
        show_link, "position", "title", "who", "point", "way", "minutes", "not_before", "notes", state_words,
        "started_at", "ended_at",
    )  # fmt: skip

    class Media:
        css = {"all": ["css/staff.css"]}
