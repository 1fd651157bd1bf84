"""Ways from the workspace to the generated lists and forms of the administration."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from staff.workspace.access import Role, Workspace, workspace_page


def generated_list(name: str, *roles: Role) -> Callable[..., HttpResponse]:
    """A page that leads on to the generated list ``name``, filtered to the conference."""

    @workspace_page(*roles)
    def answer(request: HttpRequest, workspace: Workspace) -> HttpResponse:
        return redirect(f"{reverse(name)}?conference__id__exact={workspace.conference.pk}")

    return answer


def generated_form(name: str, *roles: Role) -> Callable[..., HttpResponse]:
    """A page that leads on to the generated form ``name`` of the row whose number stands in the address."""

    @workspace_page(*roles)
    def answer(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
        return redirect(name, pk)

    return answer


def page_by_number(name: str, *roles: Role) -> Callable[..., HttpResponse]:
    """A page that leads on to the page ``name``, which has the number of the conference in its address."""

    @workspace_page(*roles)
    def answer(request: HttpRequest, workspace: Workspace) -> HttpResponse:
        return redirect(name, workspace.conference.pk)

    return answer
