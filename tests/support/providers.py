"""Providers over HTTP on this machine, as strict as their documents: a missing or an unknown field is refused."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

#: What a provider may be told to do in place of answering.
DROP, HANG = "drop", "hang"


class Answer:
    """An HTTP answer that no document describes."""

    def __init__(self, status: int, body: str = "", **headers: str) -> None:
        self.status, self.body = status, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Provider:
    """A server on the loopback.

    ``script`` says how the next calls are answered: DROP hangs up, HANG is silent until the end, an ``Answer`` or a
    dict (JSON) as it stands; when it is empty, ``answer`` follows the document. ``taken`` holds the messages that the
    provider will deliver, ``connections`` counts who came. ``url`` begins with "http://127.0.0.1:port".
    """

    def __init__(self) -> None:
        self.script: list[object] = []
        self.taken: list[dict] = []
        self.calls = 0
        self.connections = 0
        self._over = threading.Event()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                provider.connections += 1
                super().setup()

            def do_POST(self) -> None:
                provider._serve(self)

            def log_message(self, *args: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                return

        self._server = Server(("127.0.0.1", 0), Handler)
        self.netloc = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> object:
        raise NotImplementedError

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        self.calls += 1
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        step = self.script.pop(0) if self.script else self.answer(handler.path, headers, body)
        if callable(step):
            step = step(handler.path, headers, body)
        if step in (DROP, HANG):
            if step == HANG:
                self._over.wait(30)
            handler.close_connection = True
            return
        if not isinstance(step, Answer):
            step = Answer(200, json.dumps(step), Content_Type="application/json")
        content = step.body.encode()
        handler.send_response(step.status)
        for name, value in step.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def after(self, step: object) -> Callable[[str, dict[str, str], bytes], object]:
        """A step of the script: take the call as the document says, then do ``step`` in place of answering."""

        def taken(path: str, headers: dict[str, str], body: bytes) -> object:
            self.answer(path, headers, body)
            return step

        return taken


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    try:
        yield provider
    finally:
        provider.close()


def fields_at_fault(given: object, needed: dict[str, type], optional: dict[str, type] | None = None) -> str:
    """What is wrong with the fields of ``given``, "" if nothing is."""
    if not isinstance(given, dict):
        return "not an object"
    known = {**needed, **(optional or {})}
    faults = [f"no {name}" for name in needed if name not in given]
    faults += [f"unknown {name}" for name in given if name not in known]
    faults += [f"type of {name}" for name in given if name in known and not isinstance(given[name], known[name])]
    return ", ".join(faults)


class ESMS(Provider):
    """developers.esms.vn: SendMultipleMessage_V4_post_json. ``had`` are the RequestIds of today."""

    PATH = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
    KEY, SECRET, BRANDNAME = "k/ey", "s@cret", "CHILANG"

    def __init__(self) -> None:
        super().__init__()
        self.had: dict[str, str] = {}

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> object:
        if path != self.PATH:
            return Answer(404, "<h1>Endpoint not found.</h1>")
        message = json.loads(body)
        texts = ["ApiKey", "SecretKey", "Phone", "Content", "Brandname", "SmsType"]
        extras = ["IsUnicode", "Sandbox", "RequestId", "CallbackUrl", "SendDate", "campaignid"]
        if fields_at_fault(message, dict.fromkeys(texts, str), dict.fromkeys(extras, str)):
            return {"error": "Invalid request"}
        if (message["ApiKey"], message["SecretKey"]) != (self.KEY, self.SECRET):
            return self._no(101, "Authorize Failed")
        if message["Brandname"] != self.BRANDNAME:
            return self._no(104, "Brand name code is not exist")
        if not re.fullmatch(r"(84|0)[35789]\d{8}", message["Phone"]):
            return self._no(108, "Phone is not valid")
        if message["SmsType"] != "2" or message.get("IsUnicode") not in ("0", "1"):
            return {"error": "Invalid request"}
        request_id = message.get("RequestId", "")
        if len(request_id) > 50 or ("CallbackUrl" in message and not message["CallbackUrl"].startswith("http")):
            return {"error": "Invalid request"}
        if request_id in self.had:
            return {**self._no(124, "Request exist 1"), "SendStatus": self.had[request_id]}
        self.had[request_id] = "5"
        self.taken.append(message)
        return {"CodeResult": "100", "CountRegenerate": 0, "SMSID": f"sms{len(self.taken)}"}

    @staticmethod
    def _no(code: int, words: str) -> dict:
        return {"CodeResult": str(code), "CountRegenerate": 0, "ErrorMessage": words}


class VNPT(Provider):
    """VNPT SMS Brandname: send_sms_list. ``brandname`` "113" is what the numbers of the request belong to."""

    PATH = "/smsmarketing/api"
    USER, PASSWORD = "api:user", "p/ss"
    IDS = {"LABELID": "61", "CONTRACTID": "58", "TEMPLATEID": "24", "AGENTID": "18", "USERNAME": "chilang"}

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> object:
        if path != self.PATH:
            return Answer(404, "not found")
        outer = json.loads(body)
        request = outer.get("RQST") if not fields_at_fault(outer, {"RQST": dict}) else None
        texts = ["name", "REQID", "CONTRACTTYPEID", "SCHEDULETIME", "MOBILELIST", "ISTELCOSUB", "APIUSER", "APIPASS"]
        needed = {**dict.fromkeys([*texts, *self.IDS, "DATACODING"], str), "PARAMS": list}
        if fields_at_fault(request, needed):
            return self._reply(2, "wrong fields")
        if request["name"] != "send_sms_list" or not request["REQID"].isalnum():
            return self._reply(2, "wrong fields")
        if (request["APIUSER"], request["APIPASS"]) != (self.USER, self.PASSWORD):
            return self._reply(1, "wrong user or IP")
        for number, (field, value) in {
            7: ("TEMPLATEID", "24"),
            13: ("CONTRACTID", "58"),
            14: ("LABELID", "61"),
        }.items():
            if request[field] != value:
                return self._reply(number, f"{field} is not valid")
        if [fields_at_fault(p, {"NUM": str, "CONTENT": str}) for p in request["PARAMS"]] != [""]:
            return self._reply(7, "the template has one parameter")
        if (request["ISTELCOSUB"], request["CONTRACTTYPEID"], request["DATACODING"] in ("0", "8")) != ("0", "1", True):
            return self._reply(2, "wrong fields")
        if not re.fullmatch(r"84\d{9}", request["MOBILELIST"]):
            return self._reply(2, "wrong number")
        self.taken.append(request)
        return self._reply(0, "success")

    @staticmethod
    def _reply(code: int, words: str) -> dict:
        return {"RPLY": {"name": "send_sms_list", "ERROR": str(code), "ERROR_DESC": words}}


class Zalo(Provider):
    """Zalo: message/template of ZNS, and the renewal of access tokens; a refresh token works once."""

    PATH, TOKEN_PATH = "/message/template", "/v4/oa/access_token"
    APP, SECRET, TEMPLATE = "3972", "app/secret", "505"

    def __init__(self) -> None:
        super().__init__()
        self.access, self.refresh = "access-0", "refresh-0"
        self.renewals = 0
        self.expires_in = "90000"

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> object:
        if path == self.TOKEN_PATH:
            return self._renew(headers, dict(parse_qsl(body.decode())))
        if path != self.PATH:
            return Answer(404)
        if headers.get("access_token") != self.access:
            return {"error": -124, "message": "Access token invalid"}
        message = json.loads(body)
        needed = {"phone": str, "template_id": str, "template_data": dict}
        if fields_at_fault(message, needed, {"tracking_id": str, "mode": str}):
            return {"error": -132, "message": "Parameter invalid"}
        if not re.fullmatch(r"84\d{9}", message["phone"]):
            return {"error": -108, "message": "Phone number invalid"}
        if message["template_id"] != self.TEMPLATE:
            return {"error": -109, "message": "Template ID invalid"}
        if len(message.get("tracking_id", "")) > 48:
            return {"error": -132, "message": "Parameter invalid"}
        self.taken.append(message)
        data = {"msg_id": f"zns{len(self.taken)}", "sent_time": "1714529559833", "quota": {"remainingQuota": "9"}}
        return {"error": 0, "message": "Success", "data": data}

    def _renew(self, headers: dict[str, str], form: dict[str, str]) -> dict:
        if fields_at_fault(form, dict.fromkeys(["refresh_token", "app_id", "grant_type"], str)):
            return {"error": -14003, "error_name": "Invalid parameter"}
        if (headers.get("secret_key"), form["app_id"], form["grant_type"]) != (self.SECRET, self.APP, "refresh_token"):
            return {"error": -14004, "error_name": "Invalid secret key"}
        if form["refresh_token"] != self.refresh:
            return {"error": -14014, "error_name": "Invalid refresh token"}
        self.renewals += 1
        self.access, self.refresh = f"access-{self.renewals}", f"refresh-{self.renewals}"
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": self.expires_in}
