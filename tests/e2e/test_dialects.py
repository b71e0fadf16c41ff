"""Other implementations of AWS answer in other words: no header that is not needed, no empty list, members
that nobody knows, times as text, errors in a header only, XML with prefixes and in another order. Through
each of these dialects the life of the reference scenario is the same as without."""

from __future__ import annotations

import datetime
import http.client
import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from e2e.support import Scenario

KEPT = ("content-type", "date", "x-amzn-requestid", "x-amzn-errortype")
Headers = dict[str, str]


def local(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


# what is done to bodies


def walked(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [walked(item, change) for item in value]
    return change({name: walked(item, change) for name, item in value.items()}) if isinstance(value, dict) else value


def text_time(name: str, value: Any) -> Any:
    if not (name.endswith("Time") and isinstance(value, (int, float))):
        return value
    return datetime.datetime.fromtimestamp(value, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def without_empty(root: ElementTree.Element) -> None:
    """Lists and structures that are empty go; an empty text and the result itself stay."""
    for parent in root.iter():
        for child in list(parent):
            if not (len(child) or child.text or local(child).endswith("Result") or local(child) in ("Value", "Description")):
                parent.remove(child)


def shuffled(root: ElementTree.Element) -> None:
    """Another order of members, indented, and members that nobody knows."""
    order = random.Random(7)
    for parent in list(root.iter()):
        if len(parent) and {local(child) for child in parent} != {"member"}:
            children = list(parent)
            order.shuffle(children)
            parent[:] = [*children, ElementTree.SubElement(parent, "Novelty")]
    ElementTree.indent(root)


class Dialect:
    """Answers as AWS gives them, unchanged."""

    length = "content-length"  # how the end of a body is known: that, "chunked" or "close"

    def headers(self, headers: Headers) -> Headers:
        return headers

    def json(self, value: dict[str, Any], status: int, headers: Headers) -> Any:
        return value

    def xml(self, root: ElementTree.Element) -> None:
        pass


class Terse(Dialect):
    """Only what must be: no date, no ids, no types, no empty lists; the connection's end is the body's."""

    length = "close"

    def headers(self, headers: Headers) -> Headers:
        return {}

    def json(self, value: dict[str, Any], status: int, headers: Headers) -> Any:
        return walked(value, lambda item: {name: held for name, held in item.items() if held not in ([], {}, None)})

    def xml(self, root: ElementTree.Element) -> None:
        without_empty(root)


class Wordy(Dialect):
    """Members that nobody knows, null and "" for what is not there, times as text; in chunks."""

    length = "chunked"

    def json(self, value: dict[str, Any], status: int, headers: Headers) -> Any:
        found = walked(value, lambda item: {name: text_time(name, held) for name, held in item.items()} | {
            "Novelty": {"Deep": [1, None]}} if "Key" not in item else item)
        return {"NextToken": "", "PaginationToken": "", "Nothing": None} | found

    def xml(self, root: ElementTree.Element) -> None:
        shuffled(root)


class HeaderErrors(Dialect):
    """The code of an error stands in a header only, with all that AWS hangs on it."""

    def json(self, value: dict[str, Any], status: int, headers: Headers) -> Any:
        code = value.pop("__type", None)
        if status >= 400 and code:
            headers["X-Amzn-ErrorType"] = f"com.amazonaws.thing#{code.rsplit('#', 1)[-1]}:http://internal.amazon.com/coral/"
        return value


class LongTypes(Dialect):
    """The code of an error is the whole name of its type."""

    def json(self, value: dict[str, Any], status: int, headers: Headers) -> Any:
        if "__type" in value:
            value["__type"] = f"com.amazonaws.thing#{value['__type'].rsplit('#', 1)[-1]}"
            value["Message"] = value.pop("message", value.get("Message"))
        return value


DIALECTS = {"as AWS": Dialect, "terse": Terse, "wordy": Wordy, "errors in headers": HeaderErrors, "long types": LongTypes}


# the interpreter between the program and the cloud


def translated(dialect: Dialect, status: int, headers: Headers, body: bytes) -> bytes:
    if body.lstrip().startswith(b"{"):
        return json.dumps(dialect.json(json.loads(body), status, headers), indent=1).encode()
    if body.lstrip().startswith(b"<"):
        root = ElementTree.fromstring(body)
        dialect.xml(root)
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root)  # prefixes: ns0:
    return body


def interpreter(dialect: Dialect, upstream: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            connection = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=60)
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() in KEPT}
            content = translated(dialect, answer.status, headers, answer.read())
            connection.close()
            self.give(answer.status, dialect.headers(headers), content)

        def give(self, status: int, headers: Headers, content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if dialect.length == "chunked":
                self.send_header("Transfer-Encoding", "chunked")
                parts = [content[at:at + 700] for at in range(0, len(content), 700)]
                content = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
            elif dialect.length == "close":
                self.send_header("Connection", "close")
            else:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture(params=DIALECTS)
def spoken(request, cloud, tmp_path) -> Iterator[tuple[Scenario, dict[str, str]]]:
    """The scenario, and the variables with which it is spoken to in a dialect."""
    cloud.set(settle_ms=0)
    server = interpreter(DIALECTS[request.param](), cloud.endpoint)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Scenario(cloud, tmp_path), {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}"}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_same_life_in_each_dialect(spoken):
    scenario, env = spoken
    cloud, mark = scenario.cloud, scenario.cloud.mark()
    scenario.run("apply", "--yes", env=env).expect(0)
    assert cloud.counts(since=mark)["sagemaker:CreateUserProfile"] == 3
    scenario.run("plan", env=env).expect(0)
    # Changed by hand and taken back, changed in Git, and a leaver; all by the plain words.
    sagemaker = scenario.boto3("sagemaker")
    profiles = sagemaker.list_user_profiles()["UserProfiles"]
    sagemaker.update_user_profile(DomainId=profiles[0]["DomainId"], UserProfileName="user1-team1",
                                  UserSettings={"ExecutionRole": cloud.role(
                                      "other", account=scenario.account, services=["sagemaker.amazonaws.com"])})
    assert "user1-team1" in scenario.run("drift", env=env).expect(2).out
    scenario.edit("teams/team2.yaml", "    - user2\n", "")
    scenario.edit("teams/team1.yaml", '"4711"', '"4799"')
    scenario.run("apply", "--yes", env=env).expect(0)
    assert {profile["UserProfileName"] for profile in sagemaker.list_user_profiles()["UserProfiles"]} == {
        "user1-team1", "user1-team2"}
    scenario.run("plan", env=env).expect(0)
    scenario.run("plan").expect(0)
    # Errors are understood: what was repaired by looking again is not reported, what is refused is.
    cloud.inject("throttle", "ListDomains")
    cloud.inject("deny", "ListUserProfiles", occurrence="every")
    refused = scenario.run("plan", env=env).expect(4)
    assert "AccessDenied" in refused.out and "ListDomains" not in refused.out
