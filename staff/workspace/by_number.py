"""Ways from the workspace to pages that have the number of the conference in their address."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from staff.workspace.access import Role, Workspace, workspace_page


def page_by_number(name: str, *roles: Role) -> Callable[..., HttpResponse]:
    """A page that leads on to the page ``name``, which has the number of the conference in its address."""

    @workspace_page(*roles)
    def answer(request: HttpRequest, workspace: Workspace) -> HttpResponse:
        return redirect(name, workspace.conference.pk)

    return answer
