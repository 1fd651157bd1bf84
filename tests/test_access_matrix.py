"""Who gets what at every address of the site: one row an address, one column a role.

A new address needs a row here; a row whose address is gone must go too. Objects ({point} and so on) belong to the
conference of "organiser here" and to the point of "coordinator here"; see tests/world.py.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import resolve

from bridges.models import BridgePoint, Coordinator
from registrations.models import Delegate, Registration
from tests.support.world import ROLES, World, routes

pytestmark = pytest.mark.django_db

# fmt: off
# The columns: anonymous, registrant (signed in, no staff), coordinator of this point, coordinator of another point,
# organiser of this conference, organiser of another conference, superuser, leader of this conference.
GET = """
# what everybody may see
/                                                                                   200  200  200  200  200  200  200  200
/{slug}/                                                                            200  200  200  200  200  200  200  200
/{slug}/register/                                                                   200  200  200  200  200  200  200  200
/{slug}/find/                                                                       200  200  200  200  200  200  200  200
/{slug}/now/                                                                        200  200  200  200  200  200  200  200
/{slug}/now/live/                                                                   200  200  200  200  200  200  200  200
/healthz                                                                            200  200  200  200  200  200  200  200
/i18n/setlang/                                                                      302  302  302  302  302  302  302  302

# behind a personal link: whoever has it is let in
/r/{token}/                                                                         200  200  200  200  200  200  200  200
/r/{token}/cancel/                                                                  200  200  200  200  200  200  200  200
/r/{token}/resend/                                                                  405  405  405  405  405  405  405  405
/r/{token}/correct/                                                                 200  200  200  200  200  200  200  200
/r/{token}/people/                                                                  200  200  200  200  200  200  200  200
/r/{token}/move/                                                                    200  200  200  200  200  200  200  200
/r/{token}/erase/                                                                   200  200  302  200  302  200  302  200
/r/{token}/data.json                                                                200  200  200  200  200  200  200  200
/r/erased/                                                                          200  200  200  200  200  200  200  200
/i/{invitation_token}/                                                              200  200  200  200  200  200  200  200
/g/{guest_seal}/                                                                    302  302  302  302  302  302  302  302
/r/{token}/calendar.ics                                                             200  200  200  200  200  200  200  200
/j/{join_token}/                                                                    200  200  200  200  200  200  200  200
/j/{join_token}/qr.png                                                              200  200  200  200  200  200  200  200
/j/{join_token}/calendar.ics                                                        200  200  200  200  200  200  200  200
/s/{stop_seal}/                                                                     200  200  200  200  200  200  200  200

# a phone at a door: its page is everybody's and says nothing; what it asks for is for whoever holds its secret
/desk/                                                                              200  200  200  200  200  200  200  200
/desk/worker.js                                                                     200  200  200  200  200  200  200  200
/desk/people.json                                                                   401  401  401  401  401  401  401  401
/desk/names.json                                                                    401  401  401  401  401  401  401  401
/desk/scans/                                                                        405  405  405  405  405  405  405  405
/desk/pair/{pairing_token}/                                                         200  200  200  200  200  200  200  200
/room/{room_token}/                                                                 200  200  200  200  200  200  200  200
/room/kept/                                                                         200  200  200  200  200  200  200  200
/room/worker.js                                                                     200  200  200  200  200  200  200  200
/room/{room_token}/live/                                                            200  200  200  200  200  200  200  200
/room/{room_token}/reports/                                                         405  405  405  405  405  405  405  405
/room/{room_token}/line/                                                            405  405  405  405  405  405  405  405
/room/{room_token}/line/begin/                                                      405  405  405  405  405  405  405  405
/room/{room_token}/line/ping/                                                       403  403  403  403  403  403  403  403
/room/{room_token}/line/download/                                                   403  403  403  403  403  403  403  403
/room/{room_token}/line/upload/                                                     405  405  405  405  405  405  405  405
/wall/{wall_token}/                                                                 200  200  200  200  200  200  200  200
/wall/{wall_token}/live/                                                            200  200  200  200  200  200  200  200
/slides/{slide_token}/                                                              200  200  200  200  200  200  200  200

# where Zoom reports: what it has signed is taken, nothing else
/hooks/zoom/{hook_token}/                                                           405  405  405  405  405  405  405  405
/j/{join_token}/floor/                                                              200  200  200  200  200  200  200  200
/j/{join_token}/floor/live/                                                         200  200  200  200  200  200  200  200
/screen/{screen_token}/                                                             200  200  200  200  200  200  200  200
/screen/{screen_token}/live/                                                        200  200  200  200  200  200  200  200

# where providers report: who knows the secret is believed, nobody else
/callbacks/sms/no-such-secret/                                                      404  404  404  404  404  404  404  404

# signing in and one's own account
/accounts/login/                                                                    200  302  302  302  302  302  302  302
/accounts/login/code/                                                               200  302  302  302  302  302  302  302
/accounts/login/code/confirm/                                                       302  302  302  302  302  302  302  302
/accounts/signup/                                                                   200  302  302  302  302  302  302  302
/accounts/logout/                                                                   302  200  200  200  200  200  200  200
/accounts/inactive/                                                                 200  200  200  200  200  200  200  200
/accounts/confirm-email/                                                            302  302  302  302  302  302  302  302
/accounts/reauthenticate/                                                           302  200  200  200  200  200  200  200
/accounts/registrations/                                                            302  200  200  200  200  200  200  200
/accounts/email/                                                                    302  200  200  200  200  200  200  200
/accounts/password/change/                                                          302  200  200  200  200  200  200  200
/accounts/password/set/                                                             302  302  302  302  302  302  302  302
/accounts/password/reset/                                                           200  200  200  200  200  200  200  200
/accounts/password/reset/done/                                                      200  200  200  200  200  200  200  200
/accounts/password/reset/key/1-set-password/                                        200  200  200  200  200  200  200  200
/accounts/password/reset/key/done/                                                  200  200  200  200  200  200  200  200

# one's own second factor
/accounts/2fa/                                                                      302  200  200  200  200  200  200  200
/accounts/2fa/authenticate/                                                         302  302  302  302  302  302  302  302
/accounts/2fa/reauthenticate/                                                       302  302  302  302  302  302  302  302
/accounts/2fa/totp/activate/                                                        302  200  200  200  200  200  200  200
/accounts/2fa/totp/deactivate/                                                      302  404  404  404  404  404  404  404
/accounts/2fa/recovery-codes/                                                       302  404  404  404  404  404  404  404
/accounts/2fa/recovery-codes/generate/                                              302  200  200  200  200  200  200  200
/accounts/2fa/recovery-codes/download/                                              302  404  404  404  404  404  404  404
/accounts/2fa/webauthn/                                                             302  200  200  200  200  200  200  200
/accounts/2fa/webauthn/add/                                                         302  200  200  200  200  200  200  200
/accounts/2fa/webauthn/login/                                                       302  302  302  302  302  302  302  302
/accounts/2fa/webauthn/reauthenticate/                                              302  302  302  302  302  302  302  302
/accounts/2fa/webauthn/keys/{authenticator}/edit/                                   302  404  404  404  404  404  404  404
/accounts/2fa/webauthn/keys/{authenticator}/remove/                                 302  404  404  404  404  404  404  404

# the administration
/admin/                                                                             302  302  302  302  200  302  200  302
/admin/login/                                                                       302  403  302  302  302  302  302  302
/admin/logout/                                                                      302  302  405  405  405  405  405  405
/admin/password_change/                                                             302  302  200  200  200  200  200  200
/admin/password_change/done/                                                        302  302  200  200  200  200  200  200
/admin/autocomplete/                                                                302  302  403  403  403  403  403  403
/admin/jsi18n/                                                                      302  302  200  200  200  200  200  200
/admin/no-such-page/                                                                302  302  404  404  404  404  404  404
/admin/conference/                                                                  302  302  404  404  200  200  200  404
/admin/r/{registration_type}/{registration}/                                        404  404  404  404  404  404  404  404

# the workspace: where staff land, the overview and the search
/admin/all/                                                                         302  302  200  200  200  200  200  200
/admin/conferences/                                                                 302  302  200  200  200  200  200  200
/admin/conferences/new/                                                             302  302  403  403  200  200  200  403
/admin/c/{slug}/                                                                    302  302  200  200  200  404  200  200
/admin/c/{slug}/unreachable/                                                        302  302  200  200  200  404  200  404
/admin/c/{slug}/doubles/                                                            302  302  200  200  200  404  200  404
/admin/c/{slug}/search/                                                             302  302  200  200  200  404  200  404

# the workspace: content and settings
/admin/c/{slug}/content/                                                            302  302  404  404  200  404  200  404
/admin/c/{slug}/content/texts/                                                      302  302  404  404  200  404  200  404
/admin/c/{slug}/content/when/                                                       302  302  404  404  200  404  200  404
/admin/c/{slug}/content/registration/                                               302  302  404  404  200  404  200  404
/admin/c/{slug}/content/contact/                                                    302  302  404  404  200  404  200  404
/admin/c/{slug}/content/programme/                                                  302  302  404  404  200  404  200  404
/admin/c/{slug}/content/products/                                                   302  302  404  404  200  404  200  404
/admin/c/{slug}/content/partners/                                                   302  302  404  404  200  404  200  404
/admin/c/{slug}/content/partners/{partner}/                                         302  302  404  404  200  404  200  404
/admin/c/{slug}/content/questions/                                                  302  302  404  404  200  404  200  404
/admin/c/{slug}/content/questions/new/                                              302  302  404  404  200  404  200  404
/admin/c/{slug}/content/questions/{question}/                                       302  302  404  404  200  404  200  404
/admin/c/{slug}/settings/                                                           302  302  404  404  200  404  200  404
/admin/c/{slug}/settings/publish/                                                   302  302  404  404  200  404  200  404
/admin/c/{slug}/settings/address/                                                   302  302  404  404  200  404  200  404
/admin/c/{slug}/settings/duplicate/                                                 302  302  404  404  200  404  200  404
/admin/c/{slug}/settings/cancel/                                                    302  302  404  404  200  404  200  404
/admin/c/{slug}/settings/restore/                                                   302  302  404  404  200  404  200  404
/admin/c/{draft}/settings/delete/                                                   302  302  404  404  200  404  200  404

# the workspace: points
/admin/c/{slug}/points/                                                             302  302  302  302  200  404  200  404
/admin/c/{slug}/points/new/                                                         302  302  404  404  200  404  200  404
/admin/c/{slug}/points/seats/                                                       302  302  404  404  200  404  200  404
/admin/c/{slug}/points/map.svg                                                      302  302  404  404  200  404  200  404
/admin/c/{slug}/points/line-tests/                                                  302  302  200  200  200  404  200  404
/admin/c/{slug}/points/several/                                                     302  302  404  404  302  404  302  404
/admin/c/{slug}/points/{point}/                                                     302  302  200  404  200  404  200  404
/admin/c/{slug}/points/{point}/place/                                               302  302  200  404  200  404  200  404
/admin/c/{slug}/points/{point}/people/                                              302  302  200  404  200  404  200  404
/admin/c/{slug}/points/{point}/line-test/                                           302  302  405  404  405  404  405  404
/admin/c/{slug}/points/{point}/spare/                                               302  302  200  404  200  404  200  404
/admin/c/{slug}/points/{point}/line/                                                302  302  405  404  405  404  405  404

# the workspace: the day
/admin/c/{slug}/day/                                                                302  302  302  302  302  404  302  302
/admin/c/{slug}/day/rounds/                                                         302  302  200  200  200  404  200  200
/admin/c/{slug}/day/rounds/live/                                                    302  302  200  200  200  404  200  200
/admin/c/{slug}/day/start/                                                          302  302  404  404  200  404  200  200
/admin/c/{slug}/day/start/live/                                                     302  302  404  404  200  404  200  200
/admin/c/{slug}/day/rounds/new/                                                     302  302  404  404  200  404  200  404
/admin/c/{slug}/day/rounds/{round}/                                                 302  302  200  200  200  404  200  200
/admin/c/{slug}/day/rounds/{round}/live/                                            302  302  200  200  200  404  200  200
/admin/c/{slug}/day/rounds/{round}/edit/                                            302  302  404  404  200  404  200  404
/admin/c/{slug}/day/rounds/{round}/delete/                                          302  302  404  404  405  404  405  404
/admin/c/{slug}/day/rounds/{round}/cancel/                                          302  302  404  404  405  404  405  404
/admin/c/{slug}/day/rounds/{round}/record.docx                                      302  302  200  200  200  404  200  200
/admin/c/{slug}/day/rounds/{round}/points/{hall}/                                   302  302  404  200  200  404  200  404
/admin/c/{slug}/points/{point}/people/{coordinator}/remove/                         302  302  404  404  405  404  405  404
/admin/c/{slug}/points/{point}/people/{coordinator}/phone/                          302  302  404  404  200  404  200  404
/admin/c/{slug}/my-point/                                                           302  302  200  200  200  404  200  404
/admin/c/{slug}/points/{point}/room-link/                                           302  302  405  404  405  404  405  404
/admin/c/{slug}/my-point/{point}/                                                   302  302  200  404  200  404  200  404

# the workspace: the day
/admin/c/{slug}/day/doors/                                                          302  302  200  200  200  404  200  404
/admin/c/{slug}/day/doors/live/                                                     302  302  200  200  200  404  200  404
/admin/c/{slug}/day/doors/{point}/add/                                              302  302  405  404  405  404  405  404
/admin/c/{slug}/day/doors/{point}/1/remove/                                         302  302  405  404  405  404  405  404
/admin/c/{slug}/day/doors/{point}/phone/                                            302  302  405  404  405  404  405  404
/admin/c/{slug}/day/phones/{phone}/                                                 302  302  200  404  200  404  200  404
/admin/c/{slug}/day/phones/{phone}/live/                                            302  302  200  404  200  404  200  404
/admin/c/{slug}/day/phones/{phone}/withdraw/                                        302  302  405  404  405  404  405  404
/admin/c/{slug}/day/meeting/                                                        302  302  200  200  200  404  200  404
/admin/c/{slug}/day/meeting/zoom/                                                   302  302  404  404  200  404  200  404
/admin/c/{slug}/day/meeting/{stay}/                                                 302  302  404  404  200  404  200  404
/admin/c/{slug}/day/board/                                                          302  302  200  200  200  404  200  200
/admin/c/{slug}/day/board/live/                                                     302  302  200  200  200  404  200  200
/admin/c/{slug}/day/board/map/                                                      302  302  200  200  200  404  200  200
/admin/c/{slug}/day/board/map/live/                                                 302  302  200  200  200  404  200  200
/admin/c/{slug}/day/board/{point}/say/                                              302  302  405  404  405  404  405  404
/admin/c/{slug}/day/board/wall/renew/                                               302  302  404  404  405  404  405  404
/admin/c/{slug}/day/incidents/new/                                                  302  302  405  405  405  404  405  404
/admin/c/{slug}/day/incidents/{incident}/                                           302  302  200  404  200  404  200  404
/admin/c/{slug}/day/incidents/{incident}/end/                                       302  302  405  405  405  404  405  404

# the workspace: people
/admin/c/{slug}/people/telephone/                                                   302  302  200  200  200  404  200  404

# the workspace: invitations
/admin/c/{slug}/invitations/                                                        302  302  404  404  200  404  200  404
/admin/c/{slug}/invitations/new/                                                    302  302  404  404  200  404  200  404
/admin/c/{slug}/invitations/{invitation}/                                           302  302  404  404  200  404  200  404
/admin/c/{slug}/invitations/{invitation}/settings/                                  302  302  404  404  200  404  200  404
/admin/c/{slug}/invitations/{invitation}/guests/                                    302  302  404  404  200  404  200  404
/admin/c/{slug}/invitations/{invitation}/paste/                                     302  302  404  404  200  404  200  404
/admin/c/{slug}/invitations/{invitation}/send/                                      302  302  404  404  200  404  200  404

# the workspace: messages and papers
/admin/c/{slug}/messages/                                                           302  302  302  302  302  404  302  404
/admin/c/{slug}/messages/reminders/                                                 302  302  404  404  200  404  200  404
/admin/c/{slug}/messages/reminders/new/                                             302  302  404  404  200  404  200  404
/admin/c/{slug}/messages/reminders/{rule}/                                          302  302  404  404  200  404  200  404
/admin/c/{slug}/messages/reminders/{rule}/delete/                                   302  302  404  404  200  404  200  404
/admin/c/{slug}/messages/people/                                                    302  302  200  200  200  404  200  404
/admin/c/{slug}/messages/people/new/                                                302  302  200  200  200  404  200  404
/admin/c/{slug}/messages/people/live/                                               405  405  405  405  405  405  405  405
/admin/c/{slug}/messages/people/html/                                               405  405  405  405  405  405  405  405
/admin/c/{slug}/messages/people/{announcement}/                                     302  302  404  404  200  404  200  404
/admin/c/{slug}/messages/people/{announcement}/preview/                             302  302  404  404  200  404  200  404
/admin/c/{slug}/messages/people/{announcement}/delete/                              302  302  404  404  200  404  200  404
/admin/c/{slug}/messages/people/{announcement}/withdraw/                            302  302  404  404  405  404  405  404
/admin/c/{slug}/papers/                                                             302  302  200  200  200  404  200  200
/admin/c/{slug}/papers/delegates-without-contacts.xlsx                              302  302  200  200  200  404  200  200

# conferences: for organisers, each their own
/admin/conference/conference/                                                       302  302  403  403  200  200  200  403
/admin/conference/conference/add/                                                   302  302  403  403  200  200  200  403
/admin/conference/conference/{conference}/                                          302  302  302  302  302  302  302  302
/admin/conference/conference/{conference}/change/                                   302  302  302  302  200  404  200  302
/admin/conference/conference/{conference}/delete/                                   302  302  403  403  200  404  200  403
/admin/conference/conference/{conference}/duplicate/                                302  302  404  404  200  404  200  404
/admin/conference/conference/{conference}/cancel/                                   302  302  404  404  200  404  200  404
/admin/conference/conference/{conference}/restore/                                  302  302  404  404  200  404  200  404
/admin/conference/conference/{conference}/history/                                  302  302  404  404  200  404  200  404
/admin/conference/conference/{conference}/history/{conference_version}/             302  302  404  404  200  404  200  404

# bridge points: coordinators see and change their own
/admin/bridges/bridgepoint/                                                         302  302  200  200  200  200  200  403
/admin/bridges/bridgepoint/add/                                                     302  302  403  403  200  200  200  403
/admin/bridges/bridgepoint/{point}/                                                 302  302  302  302  302  302  302  302
/admin/bridges/bridgepoint/{point}/change/                                          302  302  200  404  200  404  200  403
/admin/bridges/bridgepoint/{point}/delete/                                          302  302  403  403  200  404  200  403
/admin/bridges/bridgepoint/{point}/history/                                         302  302  200  404  200  404  200  404
/admin/bridges/bridgepoint/{point}/history/{point_version}/                         302  302  200  404  200  404  200  404

# registrations: added by telephone, decided on, erased by organisers, never deleted
/admin/registrations/registration/                                                  302  302  200  200  200  200  200  403
/admin/registrations/registration/add/                                              302  302  200  200  200  200  200  403
/admin/registrations/registration/{registration}/                                   302  302  302  302  302  302  302  302
/admin/registrations/registration/{registration}/change/                            302  302  200  404  200  404  200  403
/admin/registrations/registration/{registration}/delete/                            302  302  403  403  403  403  403  403
/admin/registrations/registration/{registration}/history/                           302  302  200  404  200  404  200  404
/admin/registrations/registration/{registration}/history/{registration_version}/    302  302  200  404  200  404  200  404
/admin/registrations/registration/move/?ids={registration}                          302  302  200  404  200  404  200  403

# how messages fare: organisers of the conference, and coordinators of its points, who see their own
/admin/held/                                                                        302  302  404  404  404  404  200  404
/admin/delivery/{conference}/                                                       302  302  200  200  200  404  200  404
/admin/delivery/{conference}/try/                                                   405  405  405  405  405  405  405  405
/admin/delivery/{conference}/people/                                                302  302  200  200  200  404  200  404
/admin/delivery/{conference}/resend/                                                302  302  200  200  200  404  200  404
/admin/delivery/{conference}/person/{delegate}/                                     302  302  200  404  200  404  200  404
/admin/delivery/{conference}/address/delegate/{delegate}/                           302  302  200  404  200  404  200  404
/admin/details/{point}/                                                             302  302  200  404  200  404  200  404
/admin/fixed-date/{conference}/                                                     302  302  404  404  200  404  200  404

# texts of messages and messages to people: for organisers, each their own
/admin/messaging/conference/{conference}/texts/                                     302  302  403  403  200  404  200  403
/admin/messaging/conference/{conference}/texts/reminder/email/vi/                   302  302  403  403  200  404  200  403
/admin/messaging/conference/{conference}/texts/reminder/email/vi/live/              302  302  405  405  405  405  405  405
/admin/messaging/conference/{conference}/texts/reminder/email/vi/html/              302  302  403  403  200  404  200  403
/admin/messaging/conference/{conference}/write/live/                                302  302  405  405  405  405  405  405
/admin/messaging/conference/{conference}/write/html/                                302  302  405  405  405  405  405  405
/admin/messaging/announcement/                                                      302  302  403  403  200  200  200  403
/admin/messaging/announcement/add/                                                  302  302  403  403  200  200  200  403
/admin/messaging/announcement/{announcement}/                                       302  302  302  302  302  302  302  302
/admin/messaging/announcement/{announcement}/change/                                302  302  403  403  200  404  200  403
/admin/messaging/announcement/{announcement}/delete/                                302  302  403  403  200  404  200  403
/admin/messaging/announcement/{announcement}/preview/                               302  302  403  403  200  404  200  403
/admin/messaging/announcement/{announcement}/withdraw/                              302  302  403  403  405  404  405  403
/admin/messaging/announcement/{announcement}/history/                               302  302  404  404  200  404  200  404
/admin/messaging/announcement/{announcement}/history/{announcement_version}/        302  302  404  404  200  404  200  404
/admin/registrations/registration/{registration}/accept/                            302  302  200  404  200  404  200  403
/admin/registrations/registration/{requested}/decline/                              302  302  200  404  200  404  200  403
/admin/registrations/registration/{waiting}/promote/                                302  302  403  403  200  404  200  403
/admin/registrations/registration/{registration}/cancel/                            302  302  200  404  200  404  200  403
/admin/registrations/registration/{registration}/resend/                            302  302  200  404  200  404  200  403
/admin/registrations/registration/{registration}/renew/                             302  302  200  404  200  404  200  403
/admin/registrations/registration/{registration}/erase/                             302  302  403  403  200  404  200  403

# invitations, and the report of erasures: for organisers
/admin/registrations/invitation/                                                    302  302  403  403  200  200  200  403
/admin/registrations/invitation/add/                                                302  302  403  403  200  200  200  403
/admin/registrations/invitation/{invitation}/                                       302  302  302  302  302  302  302  302
/admin/registrations/invitation/{invitation}/change/                                302  302  403  403  200  404  200  403
/admin/registrations/invitation/{invitation}/delete/                                302  302  403  403  403  403  403  403
/admin/registrations/invitation/{invitation}/history/                               302  302  404  404  200  404  200  404
/admin/registrations/invitation/{invitation}/history/{invitation_version}/          302  302  404  404  200  404  200  404
/admin/registrations/invitation/{invitation}/send/                                  302  302  404  404  200  404  200  404
/admin/registrations/erasure/                                                       302  302  403  403  200  200  200  403
/admin/registrations/erasure/add/                                                   302  302  403  403  403  403  403  403
/admin/registrations/erasure/{erasure}/                                             302  302  302  302  302  302  302  302
/admin/registrations/erasure/{erasure}/change/                                      302  302  403  403  200  404  200  403
/admin/registrations/erasure/{erasure}/delete/                                      302  302  403  403  403  403  403  403
/admin/registrations/erasure/{erasure}/history/                                     302  302  404  404  200  404  200  404

# lists and papers: coordinators export and print for their own points; only organisers upload
/admin/lists/conference/{conference}/                                            302  302  200  200  200  404  200  404
/admin/lists/conference/{conference}/delegates.xlsx                              302  302  200  200  200  404  200  404
/admin/lists/conference/{conference}/delegates.csv                               302  302  200  200  200  404  200  404
/admin/lists/conference/{conference}/letter/                                     302  302  404  404  200  404  200  404
/admin/lists/conference/{conference}/letter/letter.docx                          302  302  404  404  200  404  200  404
/admin/lists/conference/{conference}/letter/default/                             302  302  405  405  405  405  405  405
/admin/lists/conference/{conference}/people/                                     302  302  404  404  200  404  200  404
/admin/lists/conference/{conference}/people/sample.xlsx                          302  302  404  404  200  404  200  404
/admin/lists/import/{import}/                                                    302  302  404  404  200  404  200  404
/admin/lists/import/{import}/progress/                                           204  204  404  404  204  404  204  404
/admin/lists/import/{import}/settle/                                                 302  302  405  405  405  405  405  405
/admin/lists/import/{import}/refused.xlsx                                                 302  302  404  404  404  404  404  404
/admin/lists/import/{import}/row/2/                                                  302  302  404  404  200  404  200  404
/admin/lists/import/{import}/apply/                                              302  302  405  405  405  405  405  405
/admin/lists/import/{import}/dismiss/                                            302  302  405  405  405  405  405  405
/admin/lists/point/{point}/delegates.docx                                        302  302  200  404  200  404  200  404
/admin/lists/point/{point}/delegates.xlsx                                        302  302  200  404  200  404  200  404
/admin/lists/point/{point}/delegates.csv                                         302  302  200  404  200  404  200  404
/admin/lists/delegate/{delegate}/letter.docx                                     302  302  200  404  200  404  200  404
/admin/lists/guest/{guest}/letter.docx                                           302  302  404  404  200  404  200  404
/admin/lists/invitation/{invitation}/letters.docx                                302  302  404  404  200  404  200  404

# what the overview leads to

# attendance: to look at
/admin/attendance/attendance/                                                       302  302  200  200  200  200  200  403
/admin/attendance/attendance/add/                                                   302  302  403  403  403  403  403  403
/admin/attendance/attendance/{attendance}/                                          302  302  302  302  302  302  302  302
/admin/attendance/attendance/{attendance}/change/                                   302  302  200  404  200  404  200  403
/admin/attendance/attendance/{attendance}/delete/                                   302  302  403  403  403  403  403  403
/admin/attendance/attendance/{attendance}/history/                                  302  302  200  404  200  404  200  404
/admin/control/cue/                                                                 302  302  403  403  200  200  200  403
/admin/control/cue/add/                                                             302  302  403  403  403  403  403  403
/admin/control/cue/{cue}/                                                           302  302  302  302  302  302  302  302
/admin/control/cue/{cue}/change/                                                    302  302  403  403  200  404  200  403
/admin/control/cue/{cue}/delete/                                                    302  302  403  403  403  403  403  403
/admin/control/cue/{cue}/history/                                                   302  302  404  404  200  404  200  404

# for superusers only
/admin/accounts/user/                                                               302  302  403  403  403  403  200  403
/admin/accounts/user/add/                                                           302  302  403  403  403  403  200  403
/admin/accounts/user/{user}/                                                        302  302  302  302  302  302  302  302
/admin/accounts/user/{user}/change/                                                 302  302  403  403  403  403  200  403
/admin/accounts/user/{user}/delete/                                                 302  302  403  403  403  403  200  403
/admin/accounts/user/{user}/history/                                                302  302  403  403  403  403  200  403
/admin/accounts/user/{user}/password/                                               302  302  403  403  403  403  200  403
/admin/accounts/user/{user}/reset-second-factor/                                    302  302  404  404  404  404  200  404
/admin/outbox/message/                                                       302  302  403  403  403  403  200  403
/admin/outbox/message/add/                                                   302  302  403  403  403  403  403  403
/admin/outbox/message/{message}/                                             302  302  302  302  302  302  302  302
/admin/outbox/message/{message}/change/                                      302  302  403  403  403  403  200  403
/admin/outbox/message/{message}/delete/                                      302  302  403  403  403  403  403  403
/admin/outbox/message/{message}/history/                                     302  302  403  403  403  403  200  403
/admin/bridges/province/                                                            302  302  403  403  403  403  200  403
/admin/bridges/province/add/                                                        302  302  403  403  403  403  200  403
/admin/bridges/province/{province}/                                                 302  302  302  302  302  302  302  302
/admin/bridges/province/{province}/change/                                          302  302  403  403  403  403  200  403
/admin/bridges/province/{province}/delete/                                          302  302  403  403  403  403  200  403
/admin/bridges/province/{province}/history/                                         302  302  403  403  403  403  200  403

# the workspace: roles and history
/admin/c/{slug}/settings/roles/                                                     302  302  404  404  200  404  200  404
/admin/c/{slug}/settings/roles/withdraw/                                            302  302  404  404  302  404  302  404
/admin/c/{slug}/settings/history/                                                   302  302  404  404  200  404  200  404
/admin/c/{slug}/deputies/                                                           302  302  200  200  404  404  404  404
/admin/c/{slug}/deputies/{coordinator}/withdraw/                                    302  302  405  405  404  404  404  404
/admin/c/{slug}/papers/{point}/delegates.docx                                       302  302  404  404  404  404  404  200

# the workspace: people
/admin/c/{slug}/people/                                                             302  302  200  200  200  404  200  404
/admin/c/{slug}/people/delegates.xlsx                                               302  302  200  200  200  404  200  404
/admin/c/{slug}/people/delegates.csv                                                302  302  200  200  200  404  200  404
/admin/c/{slug}/people/columns/                                                     302  302  405  405  405  404  405  404
# the guide: for staff
/admin/help/                                                                        302  302  200  200  200  200  200  200
/admin/help/start/                                                                  302  302  200  200  200  200  200  200

/admin/c/{slug}/people/{registration}/                                              302  302  200  404  200  404  200  404
/admin/c/{slug}/people/{registration}/people/                                       302  302  200  404  200  404  200  404
/admin/c/{slug}/people/{registration}/organisation/                                 302  302  200  404  200  404  200  404
/admin/c/{slug}/people/{registration}/contact/                                      302  302  200  404  200  404  200  404
/admin/c/{slug}/people/{registration}/answers/                                      302  302  200  404  200  404  200  404
/admin/c/{slug}/people/{registration}/interests/                                    302  302  200  404  200  404  200  404
/admin/c/{slug}/people/{registration}/resend/                                       302  302  405  405  405  404  405  404
/admin/c/{slug}/people/{registration}/notes/                                        302  302  405  405  405  404  405  404
/admin/c/{slug}/people/{registration}/notes/1/delete/                               302  302  405  405  405  404  405  404
# the workspace: the day
/admin/c/{slug}/day/show/                                                           302  302  404  404  200  404  200  200
/admin/c/{slug}/day/show/live/                                                      302  302  404  404  200  404  200  200
/admin/c/{slug}/day/show/press/                                                     405  405  405  405  405  405  405  405
/admin/c/{slug}/day/show/make/                                                      405  405  405  405  405  405  405  405
/admin/c/{slug}/day/show/cues/                                                      302  302  404  404  200  404  200  404
/admin/c/{slug}/day/show/sms/                                                       302  302  404  404  200  404  200  404
/admin/c/{slug}/day/show/kich-ban.docx                                              302  302  404  404  200  404  200  200
/admin/c/{slug}/day/show/record/                                                    302  302  404  404  200  404  200  200
/admin/c/{slug}/day/show/record.docx                                                302  302  404  404  200  404  200  200
/admin/c/{slug}/day/show/rehearsal/                                                 302  302  404  404  200  404  200  404
/admin/c/{slug}/day/show/rehearsal/live/                                            302  302  404  404  200  404  200  404
/admin/c/{slug}/day/show/rehearsal/press/                                           405  405  405  405  405  405  405  405
/admin/c/{slug}/day/show/rehearsal/reset/                                           405  405  405  405  405  405  405  405
/admin/c/{slug}/day/slides/                                                         302  302  404  404  200  404  200  200
/admin/c/{slug}/day/slides/due/                                                     302  302  404  404  200  404  200  404
/admin/c/{slug}/day/slides/remind/                                                  405  405  405  405  405  405  405  405
/admin/c/{slug}/day/slides/slides.zip                                               302  302  404  404  200  404  200  200
/admin/c/{slug}/day/slides/{cue}/                                                   302  302  404  404  200  404  200  404
/admin/c/{slug}/day/slides/{cue}/ask/                                               405  405  405  405  405  405  405  405
/admin/c/{slug}/day/slides/{cue}/withdraw/                                          405  405  405  405  405  405  405  405
/admin/c/{slug}/day/slides/{cue}/upload/                                            405  405  405  405  405  405  405  405
/admin/c/{slug}/day/slides/{cue}/file/{slide_file}/                                 302  302  404  404  200  404  200  200
/admin/c/{slug}/day/floor/                                                          302  302  404  404  200  404  200  200
/admin/c/{slug}/day/floor/live/                                                     302  302  404  404  200  404  200  200
/admin/c/{slug}/day/floor/{floor_question}/                                         302  302  404  404  200  404  200  200
/admin/c/{slug}/day/polls/                                                          302  302  404  404  200  404  200  200
/admin/c/{slug}/day/polls/live/                                                     302  302  404  404  200  404  200  200
/admin/c/{slug}/day/floor/press/                                                    405  405  405  405  405  405  405  405
/admin/c/{slug}/day/floor/order/                                                    405  405  405  405  405  405  405  405
/admin/c/{slug}/day/floor/merge/                                                    405  405  405  405  405  405  405  405
/admin/c/{slug}/day/floor/set/                                                      405  405  405  405  405  405  405  405
/admin/c/{slug}/day/floor/ask/                                                      405  405  405  405  405  405  405  405
/admin/c/{slug}/day/polls/make/                                                     405  405  405  405  405  405  405  405
/admin/c/{slug}/day/polls/press/                                                    405  405  405  405  405  405  405  405
# the workspace: taking back
/admin/c/{slug}/undo/                                                               302  302  405  405  405  404  405  405
"""

# The same addresses with other objects.
MORE = """
# the demo's mailbox: not outside the demo
/mailbox/                                                                           404  404  404  404  404  404  404  404
/mailbox/{mail}/                                                                    404  404  404  404  404  404  404  404
/mailbox/{mail}/html/                                                               404  404  404  404  404  404  404  404
/mailbox/{mail}/file/0/                                                             404  404  404  404  404  404  404  404
/{draft}/                                                                           404  404  404  404  404  404  404  404
/{draft}/register/                                                                  404  404  404  404  404  404  404  404
/{draft}/now/                                                                       404  404  404  404  404  404  404  404
/{draft}/now/live/                                                                  404  404  404  404  404  404  404  404
/{past}/                                                                            200  200  200  200  200  200  200  200
/{past}/register/                                                                   200  200  200  200  200  200  200  200
/no-such-conference/                                                                404  404  404  404  404  404  404  404
/r/no-such-token/                                                                   404  404  404  404  404  404  404  404
/r/{join_token}/                                                                    404  404  404  404  404  404  404  404
/j/no-such-token/                                                                   404  404  404  404  404  404  404  404
/j/{token}/                                                                         404  404  404  404  404  404  404  404
/r/no-such-token/cancel/                                                            404  404  404  404  404  404  404  404
/r/no-such-token/calendar.ics                                                       404  404  404  404  404  404  404  404
/r/no-such-token/correct/                                                           404  404  404  404  404  404  404  404
/r/no-such-token/people/                                                            404  404  404  404  404  404  404  404
/r/no-such-token/move/                                                              404  404  404  404  404  404  404  404
/r/no-such-token/erase/                                                             404  404  404  404  404  404  404  404
/r/no-such-token/data.json                                                          404  404  404  404  404  404  404  404
/i/no-such-token/                                                                   404  404  404  404  404  404  404  404
/i/{token}/                                                                         404  404  404  404  404  404  404  404
/room/no-such-token/                                                                404  404  404  404  404  404  404  404
/wall/no-such-token/                                                                404  404  404  404  404  404  404  404
/slides/no-such-token/                                                              404  404  404  404  404  404  404  404
/slides/{room_token}/                                                               404  404  404  404  404  404  404  404
/screen/no-such-token/                                                              404  404  404  404  404  404  404  404
/screen/{wall_token}/live/                                                          404  404  404  404  404  404  404  404
/j/no-such-token/floor/                                                             404  404  404  404  404  404  404  404
/j/{room_token}/floor/live/                                                         404  404  404  404  404  404  404  404
/wall/{room_token}/live/                                                            404  404  404  404  404  404  404  404
/room/{token}/live/                                                                 404  404  404  404  404  404  404  404
/g/no-such-seal/                                                                    404  404  404  404  404  404  404  404
/{draft}/find/                                                                      404  404  404  404  404  404  404  404
"""

# The mailbox once more, in the demo.
DEMO = """
/mailbox/                                                                           200  200  200  200  200  200  200  200
/mailbox/{mail}/                                                                    200  200  200  200  200  200  200  200
/mailbox/{mail}/html/                                                               200  200  200  200  200  200  200  200
/mailbox/{mail}/file/0/                                                             200  200  200  200  200  200  200  200
/mailbox/{mail}/file/7/                                                             404  404  404  404  404  404  404  404
/mailbox/999999/                                                                    404  404  404  404  404  404  404  404
"""

# What the same roles get when they send a form; what is sent stands in SENT.
POST = """
/                                                                                   405  405  405  405  405  405  405  405
/{slug}/                                                                            405  405  405  405  405  405  405  405
/{slug}/register/                                                                   422  422  422  422  422  422  422  422
/{slug}/find/                                                                       422  422  422  422  422  422  422  422
/g/{guest_seal}/                                                                    405  405  405  405  405  405  405  405
/i/{invitation_token}/                                                              405  405  405  405  405  405  405  405
/{past}/register/                                                                   409  409  409  409  409  409  409  409
/{draft}/register/                                                                  404  404  404  404  404  404  404  404
/healthz                                                                            405  405  405  405  405  405  405  405
/i18n/setlang/                                                                      302  302  302  302  302  302  302  302
/r/{token}/                                                                         405  405  405  405  405  405  405  405
/r/{token}/cancel/                                                                  302  302  302  302  302  302  302  302
/r/{token}/resend/                                                                  302  302  302  302  302  302  302  302
/r/{token}/correct/                                                                 422  422  422  422  422  422  422  422
/r/{token}/people/                                                                  422  422  422  422  422  422  422  422
/r/{token}/move/                                                                    302  302  302  302  302  302  302  302
/r/{token}/erase/                                                                   302  302  302  302  302  302  302  302
/r/{token}/data.json                                                                405  405  405  405  405  405  405  405
/r/no-such-token/cancel/                                                            404  404  404  404  404  404  404  404
/r/no-such-token/resend/                                                            404  404  404  404  404  404  404  404
/j/{join_token}/                                                                    302  302  302  302  302  302  302  302
/j/{join_token}/floor/                                                              302  302  302  302  302  302  302  302
/s/{stop_seal}/                                                                     200  200  200  200  200  200  200  200
/j/no-such-token/                                                                   404  404  404  404  404  404  404  404
/room/{room_token}/                                                                 302  302  302  302  302  302  302  302
/room/{room_token}/reports/                                                         400  400  400  400  400  400  400  400
/room/{room_token}/line/                                                            400  400  400  400  400  400  400  400
/room/{room_token}/line/begin/                                                      200  200  200  200  200  200  200  200
/room/{room_token}/line/upload/                                                     403  403  403  403  403  403  403  403
/room/no-such-token/line/begin/                                                     404  404  404  404  404  404  404  404
/room/no-such-token/reports/                                                        404  404  404  404  404  404  404  404
/slides/{slide_token}/                                                              422  422  422  422  422  422  422  422
/slides/no-such-token/                                                              404  404  404  404  404  404  404  404
/mailbox/                                                                           405  405  405  405  405  405  405  405
/accounts/login/                                                                    200  302  302  302  302  302  302  302
/accounts/signup/                                                                   200  302  302  302  302  302  302  302
/accounts/logout/                                                                   302  302  302  302  302  302  302  302
/accounts/email/                                                                    302  302  302  302  302  302  302  302
/accounts/registrations/                                                            302  405  405  405  405  405  405  405
/admin/logout/                                                                      302  302  200  200  200  200  200  200
/admin/conference/conference/                                                       302  302  403  403  302  302  302  403
/admin/conference/conference/add/                                                   302  302  403  403  200  200  200  403
/admin/conference/conference/{conference}/change/                                   302  302  403  403  200  404  200  403
/admin/conference/conference/{conference}/delete/                                   302  302  403  403  200  404  200  403
/admin/conference/conference/{conference}/duplicate/                                302  302  404  404  302  404  302  404
/admin/conference/conference/{conference}/cancel/                                   302  302  404  404  302  404  302  404
/admin/conference/conference/{conference}/restore/                                  302  302  404  404  302  404  302  404
/admin/registrations/registration/move/?ids={registration}                          302  302  422  404  422  404  422  403
/admin/delivery/{conference}/                                                       302  302  200  200  200  404  200  404
/admin/delivery/{conference}/try/                                                   302  302  404  404  302  404  302  404
/admin/delivery/{conference}/people/                                                302  302  200  200  200  404  200  404
/admin/delivery/{conference}/resend/                                                302  302  302  404  302  404  302  404
/admin/delivery/{conference}/person/{delegate}/                                     302  302  200  404  200  404  200  404
/admin/delivery/{conference}/address/delegate/{delegate}/                           302  302  302  404  302  404  302  404
/admin/details/{point}/                                                             302  302  302  404  302  404  302  404
/admin/fixed-date/{conference}/                                                     302  302  404  404  302  404  302  404
/admin/messaging/conference/{conference}/texts/reminder/email/vi/                   302  302  403  403  302  404  302  403
/admin/messaging/conference/{conference}/texts/reminder/email/vi/live/              302  302  403  403  200  404  200  403
/admin/messaging/conference/{conference}/texts/reminder/email/vi/html/              302  302  403  403  200  404  200  403
/admin/messaging/conference/{conference}/write/live/                                302  302  403  403  200  404  200  403
/admin/messaging/conference/{conference}/write/html/                                302  302  403  403  200  404  200  403
/admin/messaging/announcement/add/                                                  302  302  403  403  200  200  200  403
/admin/messaging/announcement/{announcement}/change/                                302  302  403  403  200  404  200  403
/admin/messaging/announcement/{announcement}/delete/                                302  302  403  403  200  404  200  403
/admin/messaging/announcement/{announcement}/preview/                               302  302  403  403  409  404  409  403
/admin/messaging/announcement/{announcement}/withdraw/                              302  302  403  403  302  404  302  403
/admin/messaging/announcement/{announcement}/history/{announcement_version}/        302  302  404  404  403  404  403  404
/admin/bridges/bridgepoint/add/                                                     302  302  403  403  200  200  200  403
/admin/bridges/bridgepoint/{point}/change/                                          302  302  200  404  200  404  200  403
/admin/bridges/bridgepoint/{point}/delete/                                          302  302  403  403  200  404  200  403
/admin/bridges/bridgepoint/{point}/history/{point_version}/                         302  302  200  404  200  404  200  404
/admin/registrations/registration/                                                  302  302  302  302  302  302  302  403
/admin/registrations/registration/add/                                              302  302  422  422  422  422  422  403
/admin/registrations/registration/{registration}/change/                            302  302  200  404  200  404  200  403
/admin/registrations/registration/{registration}/delete/                            302  302  403  403  403  403  403  403
/admin/registrations/registration/{registration}/history/{registration_version}/    302  302  403  404  403  404  403  404
/admin/registrations/registration/{registration}/accept/                            302  302  302  404  302  404  302  403
/admin/registrations/registration/{requested}/decline/                              302  302  422  404  422  404  422  403
/admin/registrations/registration/{waiting}/promote/                                302  302  403  403  422  404  422  403
/admin/registrations/registration/{registration}/cancel/                            302  302  302  404  302  404  302  403
/admin/registrations/registration/{registration}/resend/                            302  302  302  404  302  404  302  403
/admin/registrations/registration/{registration}/renew/                             302  302  302  404  302  404  302  403
/admin/registrations/registration/{registration}/erase/                             302  302  403  403  422  404  422  403
/admin/registrations/invitation/add/                                                302  302  403  403  200  200  200  403
/admin/registrations/invitation/{invitation}/change/                                302  302  403  403  200  404  200  403
/admin/registrations/invitation/{invitation}/delete/                                302  302  403  403  403  403  403  403
/admin/registrations/invitation/{invitation}/history/{invitation_version}/          302  302  404  404  403  404  403  404
/admin/registrations/invitation/{invitation}/send/                                  302  302  404  404  422  404  422  404
/admin/registrations/erasure/{erasure}/delete/                                      302  302  403  403  403  403  403  403
/admin/lists/conference/{conference}/letter/                                     302  302  404  404  422  404  422  404
/admin/lists/conference/{conference}/letter/default/                             302  302  404  404  302  404  302  404
/admin/attendance/attendance/{attendance}/change/                                   302  302  403  403  403  403  403  403
/admin/attendance/attendance/{attendance}/delete/                                   302  302  403  403  403  403  403  403
/admin/control/cue/{cue}/change/                                                    302  302  403  403  403  403  403  403
/admin/control/cue/{cue}/delete/                                                    302  302  403  403  403  403  403  403
/admin/accounts/user/{user}/change/                                                 302  302  403  403  403  403  200  403
/admin/accounts/user/{user}/password/                                               302  302  403  403  403  403  200  403
/admin/accounts/user/{user}/reset-second-factor/                                    302  302  404  404  404  404  302  404
/admin/outbox/message/{message}/change/                                      302  302  403  403  403  403  403  403

# the workspace: content and settings
/admin/c/{slug}/content/texts/                                                      302  302  404  404  422  404  422  404
/admin/c/{slug}/content/when/                                                       302  302  404  404  422  404  422  404
/admin/c/{slug}/content/registration/                                               302  302  404  404  422  404  422  404
/admin/c/{slug}/content/programme/                                                  302  302  404  404  422  404  422  404
/admin/c/{slug}/content/products/                                                   302  302  404  404  422  404  422  404
/admin/c/{slug}/content/partners/                                                   302  302  404  404  422  404  422  404
/admin/c/{slug}/content/partners/{partner}/                                         302  302  404  404  302  404  302  404
/admin/c/{slug}/content/questions/new/                                              302  302  404  404  422  404  422  404
/admin/c/{slug}/content/questions/{question}/                                       302  302  404  404  302  404  302  404
/admin/c/{slug}/settings/publish/                                                   302  302  404  404  302  404  302  404
/admin/c/{slug}/settings/address/                                                   302  302  404  404  302  404  302  404
/admin/c/{slug}/settings/duplicate/                                                 302  302  404  404  422  404  422  404
/admin/c/{slug}/settings/cancel/                                                    302  302  404  404  302  404  302  404
/admin/c/{slug}/settings/restore/                                                   302  302  404  404  302  404  302  404
/admin/c/{draft}/settings/delete/                                                   302  302  404  404  302  404  302  404

# the workspace: people
/admin/c/{slug}/people/                                                             302  302  302  302  302  404  302  404
/admin/c/{slug}/people/columns/                                                     302  302  302  302  302  404  302  404
/admin/c/{slug}/people/{registration}/resend/                                       302  302  302  404  302  404  302  404
/admin/c/{slug}/people/{registration}/notes/                                        302  302  422  404  422  404  422  404
/admin/c/{slug}/people/{registration}/notes/1/delete/                               302  302  404  404  404  404  404  404
/admin/c/{slug}/people/{registration}/people/                                       302  302  422  404  422  404  422  404
/admin/c/{slug}/people/{registration}/organisation/                                 302  302  422  404  422  404  422  404
/admin/c/{slug}/people/{registration}/contact/                                      302  302  422  404  422  404  422  404
/admin/c/{slug}/people/{registration}/answers/                                      302  302  302  404  302  404  302  404
/admin/c/{slug}/people/{registration}/interests/                                    302  302  302  404  302  404  302  404
/admin/c/{slug}/people/telephone/                                                   302  302  422  422  422  404  422  404
/admin/lists/import/{import}/settle/                                                 302  302  404  404  302  404  302  404
/admin/lists/import/{import}/row/2/                                                  302  302  404  404  302  404  302  404
/admin/c/{slug}/undo/                                                               302  302  302  302  302  404  302  302
/admin/c/{slug}/settings/roles/                                                     302  302  404  404  422  404  422  404
/admin/c/{slug}/settings/roles/withdraw/                                            302  302  404  404  302  404  302  404
/admin/c/{slug}/deputies/                                                           302  302  422  422  404  404  404  404
/admin/c/{slug}/deputies/{coordinator}/withdraw/                                    302  302  404  404  404  404  404  404

# the workspace: points
/admin/c/{slug}/points/several/                                                     302  302  404  404  302  404  302  404
/admin/c/{slug}/points/new/                                                         302  302  404  404  422  404  422  404
/admin/c/{slug}/points/{point}/                                                     302  302  302  404  302  404  302  404
/admin/c/{slug}/points/{point}/place/                                               302  302  302  404  422  404  422  404
/admin/c/{slug}/points/{point}/people/                                              302  302  302  404  302  404  302  404
/admin/c/{slug}/day/board/{point}/say/                                              302  302  404  404  404  404  404  404
/admin/c/{slug}/day/board/wall/renew/                                               302  302  404  404  302  404  302  404
/admin/c/{slug}/day/incidents/new/                                                  302  302  422  422  422  404  422  404
/admin/c/{slug}/day/incidents/{incident}/                                           302  302  302  404  302  404  302  404
/admin/c/{slug}/day/incidents/{incident}/end/                                       302  302  302  404  302  404  302  404
/admin/c/{slug}/points/{point}/room-link/                                           302  302  302  404  302  404  302  404
/admin/c/{slug}/points/{point}/line-test/                                           302  302  302  404  302  404  302  404
/admin/c/{slug}/points/{point}/spare/                                               302  302  302  404  302  404  302  404
/admin/c/{slug}/points/{point}/line/                                                302  302  302  404  302  404  302  404

# the workspace: the day
/admin/c/{slug}/day/start/                                                          302  302  404  404  422  404  422  404
/admin/c/{slug}/day/rounds/new/                                                     302  302  404  404  422  404  422  404
/admin/c/{slug}/day/rounds/{round}/                                                 302  302  302  302  302  404  302  404
/admin/c/{slug}/day/rounds/{round}/edit/                                            302  302  404  404  422  404  422  404
/admin/c/{slug}/day/rounds/{round}/delete/                                          302  302  404  404  302  404  302  404
/admin/c/{slug}/day/rounds/{round}/cancel/                                          302  302  404  404  302  404  302  404
/admin/c/{slug}/day/rounds/{round}/points/{hall}/                                   302  302  404  302  302  404  302  404
/admin/c/{slug}/points/{point}/people/{coordinator}/remove/                         302  302  404  404  302  404  302  404
/admin/c/{slug}/points/{point}/people/{coordinator}/phone/                          302  302  404  404  422  404  422  404

# the workspace: the day
/admin/c/{slug}/day/show/press/                                                     302  302  404  404  302  404  302  404
/admin/c/{slug}/day/show/make/                                                      302  302  404  404  302  404  302  404
/admin/c/{slug}/day/show/cues/                                                      302  302  404  404  422  404  422  404
/admin/c/{slug}/day/show/rehearsal/press/                                           302  302  404  404  302  404  302  404
/admin/c/{slug}/day/show/rehearsal/reset/                                           302  302  404  404  302  404  302  404
/admin/c/{slug}/day/slides/due/                                                     302  302  404  404  302  404  302  404
/admin/c/{slug}/day/slides/remind/                                                  302  302  404  404  302  404  302  404
/admin/c/{slug}/day/slides/{cue}/ask/                                               302  302  404  404  422  404  422  404
/admin/c/{slug}/day/slides/{cue}/withdraw/                                          302  302  404  404  302  404  302  404
/admin/c/{slug}/day/slides/{cue}/upload/                                            302  302  404  404  422  404  422  404
/admin/c/{slug}/day/floor/press/                                                    302  302  404  404  302  404  302  404
/admin/c/{slug}/day/floor/order/                                                    302  302  404  404  302  404  302  404
/admin/c/{slug}/day/floor/merge/                                                    302  302  404  404  422  404  422  404
/admin/c/{slug}/day/floor/set/                                                      302  302  404  404  302  404  302  404
/admin/c/{slug}/day/floor/ask/                                                      302  302  404  404  422  404  422  404
/admin/c/{slug}/day/floor/{floor_question}/                                         302  302  404  404  422  404  422  404
/admin/c/{slug}/day/polls/make/                                                     302  302  404  404  422  404  422  404
/admin/c/{slug}/day/polls/press/                                                    302  302  404  404  302  404  302  404
/admin/c/{slug}/day/show/sms/                                                       302  302  404  404  302  404  302  404

# the workspace: messages
/admin/c/{slug}/messages/reminders/new/                                             302  302  404  404  422  404  422  404
/admin/c/{slug}/messages/reminders/{rule}/                                          302  302  404  404  422  404  422  404
/admin/c/{slug}/messages/reminders/{rule}/delete/                                   302  302  404  404  302  404  302  404
/admin/c/{slug}/messages/people/new/                                                302  302  422  422  422  404  422  404
/admin/c/{slug}/messages/people/live/                                               302  302  200  200  200  404  200  404
/admin/c/{slug}/messages/people/html/                                               302  302  200  200  200  404  200  404
/admin/c/{slug}/messages/people/{announcement}/                                     302  302  404  404  422  404  422  404
/admin/c/{slug}/messages/people/{announcement}/preview/                             302  302  404  404  409  404  409  404
/admin/c/{slug}/messages/people/{announcement}/delete/                              302  302  404  404  302  404  302  404
/admin/c/{slug}/messages/people/{announcement}/withdraw/                            302  302  404  404  302  404  302  404

# the workspace: invitations
/admin/c/{slug}/invitations/new/                                                    302  302  404  404  422  404  422  404
/admin/c/{slug}/invitations/{invitation}/settings/                                  302  302  404  404  422  404  422  404
/admin/c/{slug}/invitations/{invitation}/paste/                                     302  302  404  404  422  404  422  404
/admin/c/{slug}/invitations/{invitation}/send/                                      302  302  404  404  422  404  422  404
"""
# fmt: on

# Django's shortcut to any object's address: ours stands before it and refuses.
SHADOWED = {"admin/r/<path:content_type_id>/<path:object_id>/"}

_DELETE = {"post": "yes"}
SENT = {
    "/room/{room_token}/": {"say": "state=ready"},
    "/admin/c/{slug}/content/questions/{question}/": {"delete": "1"},
    "/admin/c/{slug}/settings/publish/": {"hide": "1"},
    "/admin/c/{slug}/settings/address/": {"slug": "na-2027"},
    "/admin/c/{slug}/settings/cancel/": {"sure": "on"},
    "/admin/conference/conference/{conference}/cancel/": {"sure": "on"},
    "/admin/delivery/{conference}/try/": {"channel": "sms"},
    "/admin/delivery/{conference}/resend/": {"message": "{message}"},
    "/admin/delivery/{conference}/address/delegate/{delegate}/": {"email": "khac@vidu.example"},
    "/admin/details/{point}/": {"dismiss": "1"},
    "/admin/c/{slug}/points/{point}/": {"meeting_id": "900 000 001"},
    "/admin/c/{slug}/points/{point}/spare/": {"meeting_id": "900 000 002"},
    "/admin/c/{slug}/day/start/": {"verdict": "go"},
    "/admin/c/{slug}/day/rounds/{round}/": {"passed": "{hall}"},
    "/admin/c/{slug}/day/rounds/{round}/points/{hall}/": {
        "picture": "ok",
        "sound": "ok",
        "return_sound": "ok",
        "spare_line": "ok",
    },
    "/admin/c/{slug}/points/{point}/line/": {"line": "spare"},
    "/admin/c/{slug}/points/{point}/people/": {"form": "technician", "technician_name": "Kỹ"},
    "/admin/c/{slug}/points/{point}/line-test/": {"result": "passed"},
    "/admin/fixed-date/{conference}/": {"dismiss": "1"},
    "/admin/messaging/conference/{conference}/texts/reminder/email/vi/": {"subject": "Nhắc", "body": "Nhắc"},
    "/{slug}/register/": {"full_name": "Hoàng Văn Ví"},
    "/i18n/setlang/": {"language": "en"},
    "/admin/conference/conference/{conference}/delete/": _DELETE,
    "/admin/bridges/bridgepoint/{point}/delete/": _DELETE,
    "/admin/registrations/registration/{registration}/delete/": _DELETE,
    "/admin/attendance/attendance/{attendance}/delete/": _DELETE,
    "/admin/control/cue/{cue}/delete/": _DELETE,
    "/admin/registrations/registration/": {"action": "cancel_selected", "_selected_action": "{registration}"},
    "/admin/conference/conference/": {"action": "duplicate_selected", "_selected_action": "{conference}"},
    "/admin/conference/conference/{conference}/duplicate/": {
        "name": "Hội nghị mới",
        "short_name": "Hội nghị mới",
        "starts_at_0": "19/7/2028",
        "starts_at_1": "08:00",
    },
}


def rows(table: str) -> dict[str, list[int]]:
    """Addresses of ``table`` with their expected statuses."""
    found = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            address, *statuses = line.split()
            assert address not in found, f"two rows for {address}"
            assert len(statuses) == len(ROLES), line
            found[address] = [int(status) for status in statuses]
    return found


@dataclass(frozen=True)
class Answer:
    """What the site answered, without the context of its templates; ``tokens`` are those of the personal links then."""

    status_code: int
    content_type: str
    content: bytes
    tokens: frozenset[str]


#: Who comes to each page, and by each way in which rows are somebody's: those whose pages every engine draws.
_ON_EACH_ENGINE = {"coordinator here", "organiser here", "superuser"}
#: Each role, those on one engine who only see that a page is not for them, or what the others see.
EACH_ROLE = pytest.mark.parametrize(
    "role", [role if role in _ON_EACH_ENGINE else pytest.param(role, marks=pytest.mark.one_engine) for role in ROLES]
)

#: By language, demo or not, role and row. Reading changes nothing, so no page is fetched twice in a process, and tests
#: that read them all are ``slow``: they begin first, in one worker. The world of a page may be that of another module.
_kept: dict[tuple[str, bool, str, str], Answer] = {}


def _ask(world: World, role: str, method: str) -> Callable[[str], Answer]:
    """Ask for rows in ``role``, each as if it were the first: what an answer stores or puts into a cookie is undone."""
    client = world.client(role)
    just_signed_in = deepcopy(client.cookies)
    tokens = frozenset(row.token for model in (Registration, Delegate) for row in model.objects.all())

    def ask(row: str) -> Answer:
        sent = SENT.get(row, {}) if method == "post" else {}
        data = {name: world.address(value) for name, value in sent.items()}
        with transaction.atomic():
            response = getattr(client, method)(world.address(row), data)
            transaction.set_rollback(True)
        client.cookies = deepcopy(just_signed_in)
        return Answer(response.status_code, response.get("Content-Type", ""), response.getvalue(), tokens)

    return ask


def read(world: World, some_rows: Iterable[str], role: str) -> Iterator[tuple[str, Answer]]:
    """Rows of a table and what ``role`` gets there; a page that was fetched before is not fetched again."""
    ask = _ask(world, role, "get")
    for row in some_rows:
        key = (settings.LANGUAGE_CODE, settings.DEMO, role, row)
        if key not in _kept:
            _kept[key] = ask(row)
        yield row, _kept[key]


def read_anew(world: World, some_rows: Iterable[str], role: str) -> Iterator[tuple[str, Answer]]:
    """The same for a test that has written something first: each page is fetched, and kept for nobody."""
    ask = _ask(world, role, "get")
    for row in some_rows:
        yield row, ask(row)


def _differences(answers: Iterable[tuple[str, Answer]], table: str, role: str) -> dict[str, tuple[int, int]]:
    """Where the site answers ``role`` with another status than ``table`` says: address → (expected, answered)."""
    column = ROLES.index(role)
    statuses = {row: (expected[column], 0) for row, expected in rows(table).items()}
    statuses |= {row: (statuses[row][0], answer.status_code) for row, answer in answers}
    return {row: status for row, status in statuses.items() if status[0] != status[1]}


@pytest.mark.one_engine
def test_every_address_has_a_row(world):
    with_row = [resolve(world.address(row).partition("?")[0]).route for row in rows(GET)]
    assert sorted(set(routes()) - set(with_row) - SHADOWED) == []
    # A row whose address is gone falls through to another one's route.
    assert sorted(route for route in set(with_row) if with_row.count(route) > 1) == []


@pytest.mark.one_engine
def test_every_address_of_the_demo_has_a_row(world, demo_site):
    with_row = {resolve(world.address(row)).route for row in rows(DEMO)}
    assert {str(pattern.pattern) for pattern in import_module("demo.urls").urlpatterns} == with_row


@pytest.mark.slow
@EACH_ROLE
def test_reading(world, role):
    assert _differences(read(world, rows(GET + MORE), role), GET + MORE, role) == {}


@EACH_ROLE
def test_reading_in_the_demo(world, role, demo_site):
    assert _differences(read(world, rows(DEMO), role), DEMO, role) == {}


@EACH_ROLE
def test_sending(world, role):
    ask = _ask(world, role, "post")
    assert _differences(((row, ask(row)) for row in rows(POST)), POST, role) == {}


@pytest.mark.one_engine
@pytest.mark.parametrize(("table", "method"), [(GET, "get"), (POST, "post")], ids=["reading", "sending"])
def test_who_organises_elsewhere_may_do_as_a_coordinator_here_what_a_coordinator_may(world, table, method):
    """Two roles of one person do not add up: a row is judged by the role by which it is theirs."""
    user = world.users["organiser elsewhere"]
    point = BridgePoint.objects.get(pk=world.names["point"])
    Coordinator.objects.create(bridge_point=point, user=user)
    columns = [ROLES.index(role) for role in ("coordinator here", "organiser elsewhere")]
    ask, different = _ask(world, "organiser elsewhere", method), {}
    for row, statuses in rows(table).items():
        if row.startswith("/admin/"):
            allowed = any(_is_allowed(statuses[column]) for column in columns)
            if _is_allowed(status := ask(row).status_code) != allowed:
                different[row] = status
    assert different == {}


def _is_allowed(status: int) -> bool:
    return status not in (403, 404, 405)


@pytest.mark.one_engine
def test_what_needs_a_sign_in_leads_to_it(world):
    """A redirect of the matrix leads an anonymous visitor to the sign-in page and nowhere else."""
    elsewhere = {}
    for row, statuses in rows(GET).items():
        if statuses[0] == 302 and row.startswith("/admin/"):
            response = Client().get(world.address(row))
            if not re.match(r"/(admin/login/|accounts/login/|admin/$)", response.url):
                elsewhere[row] = response.url
    assert elsewhere == {}


@pytest.mark.parametrize("role", ["coordinator elsewhere", "organiser elsewhere", "leader"])
def test_an_action_leaves_the_rows_of_others_alone(world, role):
    data = {"action": "cancel_selected", "_selected_action": str(world.names["registration"])}
    world.client(role).post("/admin/registrations/registration/", data)
    assert Registration.objects.get(pk=world.names["registration"]).state == Registration.State.CONFIRMED


@pytest.mark.parametrize("role", ["coordinator elsewhere", "organiser elsewhere", "leader"])
@pytest.mark.parametrize("model", ["bridges/bridgepoint", "registrations/registration", "attendance/attendance"])
def test_lists_and_their_filters_name_nothing_of_others(world, role, model):
    registration = Registration.objects.get(pk=world.names["registration"])
    page = world.client(role).get(f"/admin/{model}/").content.decode()
    for secret in (registration.number, registration.contact_name, registration.bridge_point.name):
        assert secret not in page


@pytest.mark.one_engine
def test_no_form_is_taken_without_its_token(world):
    """Another site cannot send our forms in the name of somebody who is signed in."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["superuser"], backend="django.contrib.auth.backends.ModelBackend")
    taken = {}
    for row, statuses in rows(POST).items():
        response = client.post(world.address(row), SENT.get(row, {}))
        if statuses[ROLES.index("superuser")] not in (404, 405) and response.status_code != 403:
            taken[row] = response.status_code
    # Choosing a language harms nobody, and without a token the public pages are the same for all. Mail programs stop
    # announcements for their reader, and rooms report: what is in the address is what nobody else knows.
    rooms = {"/room/{room_token}/reports/": 400, "/room/{room_token}/line/": 400, "/room/{room_token}/line/begin/": 200}
    assert taken == {"/i18n/setlang/": 302, "/s/{stop_seal}/": 200, **rooms}
