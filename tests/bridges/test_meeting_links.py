"""Where the join button may lead: a link into a private network is refused with the reason."""

import pytest
from django.core.exceptions import ValidationError

from bridges.meeting_links import private_host
from bridges.models import BridgePoint, Connection
from tests.support.factories import ConnectionFactory
from tests.support.html_forms import filled_in

PRIVATE = [
    "http://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
    "https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/",
    "https://10.0.0.8:8443/a", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://3232235777/", "https://224.0.0.1/",
    "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fd12:3456::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:c0a8:101]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
    "https://localhost/", "https://LOCALHOST:8000/", "https://localhost./", "https://phong.localhost/",
    "https://hop.local/", "https://meet.internal/", "https://may-chu.lan/", "https://meet/", "https://router.home.arpa/",
    # As browsers read them: digits of another kind, percent signs, backslashes, whoever stands before the @.
    "https://１２７.0.0.1/", "https://127。0。0。1/", "https://ⓛocalhost/", "https://%31%32%37.0.0.1/",
    "https://meet.example.vn@127.0.0.1/", "https://127.0.0.1\\@meet.example.vn/", "https:\\\\127.0.0.1/",
    "ht\ttps://127.0.\n0.1/",
]  # fmt: skip
PUBLIC = [
    "https://meet.example.vn/phong-1", "https://MEET.vnpt.vn:8443/j/123?pwd=1", "https://live.vidu.example/",
    "https://203.162.4.190/", "https://[2405:4800::1]/", "https://8.8.8.8/", "https://localhost.example.vn/",
    "https://127.0.0.1.example.vn/", "https://10.example.vn/", "https://họp.vn/", "https://0x7f.vn/", "https://a.b.c.d.e/",
    "https://meet.example.vn/127.0.0.1/?u=http://localhost/", "https://172.32.0.1/", "",
]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
def test_a_link_into_a_private_network_is_known(url):
    assert private_host(url)


@pytest.mark.parametrize("url", PUBLIC)
def test_every_other_link_is_let_be(url):
    assert private_host(url) == ""


@pytest.mark.parametrize("url", ["https://[::1", "https://[", "//", "x", "https://"])
def test_what_is_no_address_is_left_to_the_form(url):
    assert private_host(url) in ("", "x")


@pytest.mark.django_db
def test_a_link_that_stood_there_before_keeps_nobody_from_storing_the_rest(admin_client):
    old = "https://192.168.1.20/hop"
    connection = ConnectionFactory()
    Connection.objects.update(web_url=old)
    page = f"/admin/bridges/bridgepoint/{connection.bridge_point_id}/change/"
    form = filled_in(admin_client.get(page), line_test="passed")
    assert admin_client.post(page, form).status_code == 302
    assert BridgePoint.objects.get().line_test == "passed"
    form = filled_in(admin_client.get(page), **{"connection-0-password": "mới"})
    assert admin_client.post(page, form).status_code == 302
    assert (Connection.objects.get().web_url, Connection.objects.get().password) == (old, "mới")
    # Another private one is refused all the same.
    form = filled_in(admin_client.get(page), **{"connection-0-web_url": "https://192.168.1.21/hop"})
    assert admin_client.post(page, form).status_code == 200
    assert Connection.objects.get().web_url == old


@pytest.mark.django_db
def test_the_form_says_why(admin_client):
    connection = ConnectionFactory()
    page = f"/admin/bridges/bridgepoint/{connection.bridge_point_id}/change/"
    form = filled_in(admin_client.get(page))
    refused = admin_client.post(page, {**form, "connection-0-web_url": "https://192.168.1.20/hop"})
    assert "192.168.1.20 nằm trong mạng nội bộ" in refused.content.decode()
    assert Connection.objects.get().web_url == connection.web_url
    assert admin_client.post(page, {**form, "connection-0-web_url": "https://meet.example.vn/2"}).status_code == 302
    assert Connection.objects.get().web_url == "https://meet.example.vn/2"


@pytest.mark.django_db
def test_a_conference_inside_one_network_may_say_so(settings):
    connection = Connection(bridge_point=BridgePoint(name="Phòng họp"), web_url="https://192.168.1.20/hop")
    with pytest.raises(ValidationError):
        connection.clean()
    settings.MEETING_LINKS_PRIVATE = True
    connection.clean()
