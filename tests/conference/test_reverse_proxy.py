"""The nginx of docs/operate.md: what it hands on, what it takes, and what its log does not tell."""

import json
import os
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver

from common.logs import without_personal_data
from conference.middleware import SecretAddressMiddleware
from lists import reading
from outbox import receipts
from tests.chaos.servers import free_port, wait_until
from tests.support.operators import program

ROOT = Path(__file__).parents[2]
TOKEN = "AbCdEfGhIjKlMnOpQrStUv"
HOST = "diemcau.example.vn"


def documented() -> str:
    """The block as it stands in the document."""
    (block,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs/operate.md").read_text(encoding="utf-8"), re.DOTALL)
    return block


def directives(name: str) -> list[str]:
    return re.findall(rf"^\s*{name}\s+([^;]+);", documented(), re.MULTILINE)


def test_the_example_hands_on_what_the_site_believes():
    assert set(directives("proxy_set_header")) == {
        "Host $host",
        "X-Forwarded-Proto $scheme",
        "X-Forwarded-For $proxy_add_x_forwarded_for",
    }
    assert directives("return") == ["301 https://$host$request_uri"]


def test_the_example_takes_every_file_that_the_site_takes():
    lists, slides = (int(limit.removesuffix("m")) for limit in directives("client_max_body_size"))
    assert lists * 1024 * 1024 >= 2 * reading.MAX_BYTES
    assert slides > settings.SLIDES_MAX_MB


# The addresses in which somebody's key stands, and what must be left of them.
KEYS = [
    f"/r/{TOKEN}/people/",
    f"/j/{TOKEN}/",
    f"/i/{TOKEN}/",
    f"/g/3f-{TOKEN}/",
    f"/room/{TOKEN}/live/",
    f"/wall/{TOKEN}/",
    f"/screen/{TOKEN}/live/",
    f"/na/register/?i={TOKEN}&g=3f-{TOKEN}",
    f"/callbacks/sms/{TOKEN}/?from=84912345678",
    f"/accounts/password/reset/key/3-{TOKEN}/",
    f"/accounts/confirm-email/{TOKEN}/",
]


def addresses_with_keys(patterns=None, before: str = "/") -> list[str]:
    """Every address of the site in which a key stands, with TOKEN for the key."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = str(pattern.pattern).strip("^$").replace("\\Z", "")
        path = before + re.sub(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)", _example, route)
        if hasattr(pattern, "url_patterns"):
            found += addresses_with_keys(pattern.url_patterns, path)
        elif TOKEN in path:
            found.append(path)
    return found


def _example(part: re.Match) -> str:
    return TOKEN if (part[1] or part[2]) in SecretAddressMiddleware.PARTS else "1"


def test_no_address_with_a_key_is_forgotten_by_the_logs():
    addresses = addresses_with_keys()
    assert {"/r/" + TOKEN + "/", f"/callbacks/1/{TOKEN}/"} <= set(addresses), "the check has gone blind"
    (masked,) = re.findall(r'"~(\^.+)"\n', documented())
    in_nginx = re.compile(masked.replace("(?<", "(?P<"))
    for address in addresses:
        found = in_nginx.match(address)
        assert found, address
        assert TOKEN not in found["start"] + (found["rest"] or ""), address
        assert TOKEN not in without_personal_data(f"GET {address} 404"), address


class _Site(BaseHTTPRequestHandler):
    """Answers what it was asked."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers.items())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of a server in the place of gunicorn."""
    server = HTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory, site) -> Iterator[tuple[int, int, Path]]:
    """The documented nginx, with other ports, certificate and paths: its ports for HTTP and HTTPS, its folder."""
    nginx_program, openssl = program("nginx", "nginx-light"), program("openssl", "openssl")
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    http, https = free_port(), free_port()
    block = documented().replace("/var/log/nginx", str(folder)).replace(f"/etc/letsencrypt/live/{HOST}", str(folder))
    block = re.sub(r"^\s*listen \[::\].*\n", "", block, flags=re.MULTILINE)
    block = block.replace("listen 80;", f"listen 127.0.0.1:{http};")
    block = block.replace("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;").replace(":8000;", f":{site};")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    # Started by root it would work as somebody who may not write here.
    user = "user root;\n" if os.geteuid() == 0 else ""
    own = f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/start.log;\n"
    configuration.write_text(f"{own}events {{}}\nhttp {{\n{paths}{block}\n}}\n")
    process = subprocess.Popen([nginx_program, "-p", str(folder), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: process.poll() is not None or _answers(https), "nginx starts")
        assert process.poll() is None, (folder / "start.log").read_text()
        yield http, https, folder
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(port: int, path: str, *, body: bytes | None = None, **headers: str):
    """Status, headers and body of the answer over HTTPS."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    connection = HTTPSConnection("127.0.0.1", port, context=unchecked, timeout=10)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("POST" if body is not None else "GET", path, body, {"Host": HOST, **given})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def test_nginx_tells_the_site_who_asks_and_how(nginx):
    _http, https, _folder = nginx
    status, _headers, body = ask(https, "/", X_Forwarded_For="203.0.113.5", X_Forwarded_Proto="http")
    told = json.loads(body)
    assert status == 200
    assert (told["Host"], told["X-Forwarded-Proto"]) == (HOST, "https")
    # The visitor's claim stands left of the truth, where nobody looks.
    assert told["X-Forwarded-For"] == "203.0.113.5, 127.0.0.1"


def test_nginx_leads_to_https(nginx):
    http, _https, _folder = nginx
    connection = HTTPConnection("127.0.0.1", http, timeout=10)
    connection.request("GET", "/na/?point=3", headers={"Host": HOST})
    response = connection.getresponse()
    connection.close()
    assert (response.status, response.headers["Location"]) == (301, f"https://{HOST}/na/?point=3")


def test_nginx_takes_a_list_of_five_megabytes_and_not_one_of_eleven(nginx):
    _http, https, _folder = nginx
    assert ask(https, "/admin/lists/", body=b"0" * reading.MAX_BYTES)[0] == 200
    assert ask(https, "/admin/lists/", body=b"", Content_Length=str(11 * 1024 * 1024))[0] == 413


@pytest.mark.parametrize("address", ["/slides/a-token/", "/admin/c/na/day/slides/7/upload/"])
def test_nginx_takes_slides_that_are_bigger_than_a_list(nginx, address):
    _http, https, _folder = nginx
    assert ask(https, address, body=b"0" * 11 * 1024 * 1024)[0] == 200


def test_the_log_of_nginx_holds_no_key(nginx):
    http, https, folder = nginx
    for address in KEYS:
        assert ask(https, address, Referer=f"https://{HOST}/r/{TOKEN}/")[0] == 200
    connection = HTTPConnection("127.0.0.1", http, timeout=10)
    connection.request("GET", f"/r/{TOKEN}/", headers={"Host": HOST})
    connection.getresponse().read()
    connection.close()
    ask(https, "/na/register/")
    log = folder / "diemcau.access.log"
    wait_until(lambda: " /na/register/ 200 " in log.read_text(), "the log is written")
    text = log.read_text()
    for line in ("GET /r/***/people/ 200 ", "GET /r/***/ 301 ", "GET /callbacks/sms/***/ 200 ", "/reset/key/***/ 200 "):
        assert line in text
    assert TOKEN not in text + (folder / "diemcau.error.log").read_text()
    assert "912345678" not in text


def test_the_log_of_the_site_blanks_the_same_keys():
    for address in KEYS:
        assert TOKEN not in without_personal_data(f"GET {address} 404"), address
    assert receipts.secret("sms") not in without_personal_data(receipts.callback_url("sms"))
