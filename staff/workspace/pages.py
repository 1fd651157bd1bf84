"""A page of the workspace: drawn in its frame, with its tab marked."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from staff.edit_conflicts import focus_in
from staff.workspace.access import Workspace


def page(
    request: HttpRequest,
    workspace: Workspace,
    template: str,
    *,
    title: str,
    tab: str,
    status: int = 200,
    **context: Any,
) -> TemplateResponse:
    """The page ``template`` (below templates/staff/, without its ending), headed ``title``, under the tab ``tab``.

    A template may stand below the first page of its tab: it extends ``staff/workspace/page.html``, and what lies
    between, it names in the block ``trail``.
    """
    context = {
        **admin.site.each_context(request),
        "title": title,
        "tab": tab,
        "workspace": workspace,
        "conference": workspace.conference,
        **context,
    }
    return TemplateResponse(request, f"staff/{template}.html", context, status=status)


def form_page(
    request: HttpRequest, workspace: Workspace, template: str, *, title: str, tab: str, form: Any, **context: Any
) -> TemplateResponse:
    """The same with ``form``, which is drawn anew only where it was refused.

    Then the status is 422, and the cursor stands in the first field that has an error.
    """
    focus_in(form, list(form.fields))
    status = 422 if form.is_bound else 200
    return page(request, workspace, template, title=title, tab=tab, status=status, form=form, **context)
