"""The guide: its contents, a chapter, and what a search finds in it. For staff."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from staff.help import chapters

_MOST = 20


@require_safe
@admin.site.admin_view
def contents(request: HttpRequest) -> HttpResponse:
    """The chapters with their sections; with ``?q=`` the sections that hold these words."""
    query = request.GET.get("q", "").strip()[:100]
    language = chapters.language()
    sections = chapters.sections(language)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Guide"),
        "query": query,
        "found": chapters.search(query, language)[:_MOST] if query else [],
        "chapters": [(one, [s for s in sections if s.chapter == one]) for one in chapters.CHAPTERS],
    }
    return TemplateResponse(request, "staff/help/contents.html", context)


@require_safe
@admin.site.admin_view
def chapter(request: HttpRequest, name: str) -> HttpResponse:
    """One chapter, with the way to the next."""
    found = chapters.chapter_of(name)
    if found is None:
        raise Http404
    number = chapters.CHAPTERS.index(found)
    language = chapters.language()
    context = {
        **admin.site.each_context(request),
        "title": found.title,
        # A template of our own, without anything that people typed.
        "body": mark_safe(chapters.body(found, language)),
        "sections": [one for one in chapters.sections(language) if one.chapter == found],
        "before": chapters.CHAPTERS[number - 1] if number else None,
        "after": chapters.CHAPTERS[number + 1] if number + 1 < len(chapters.CHAPTERS) else None,
    }
    return TemplateResponse(request, "staff/help/chapter.html", context)
