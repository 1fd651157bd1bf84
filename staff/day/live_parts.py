"""Parts of pages of the day that are asked for anew and that few people look at: the answer itself is the mark.

Boards ask for the day version (docs/adr/0045-day-version.md). What stands on these pages is changed in many places that
do not raise it, such as the name of a technician or of a round; so they are drawn, and sent if they read otherwise.
"""

from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response

#: Milliseconds between two looks.
EVERY = 5000


def live_part(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The part ``template`` (below templates/staff/day/, without its ending); 304 where its reader has it already.

    Nothing in it may differ from one drawing to the next by itself, such as a form token.
    """
    response = render(request, f"staff/day/{template}.html", context)
    response["ETag"] = f'"{sha256(response.content).hexdigest()[:24]}"'
    # Its types know that it may find nothing to say.
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
