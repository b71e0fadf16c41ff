"""Start, stop and the HTTP front."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cloud.client import Cloud, wait_until

SERVER = Path(__file__).resolve().parents[2] / "cloud" / "server.py"


def _start(*options: str) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    process = subprocess.Popen([sys.executable, str(SERVER), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_ends_cleanly_on_signal(name: str, tmp_path: Path) -> None:
    process, ready = _start("--port-file", str(tmp_path / "port"))
    assert ready["endpoint"] == f"http://127.0.0.1:{(tmp_path / 'port').read_text().strip()}"
    process.send_signal(getattr(signal, name))
    assert process.wait(10) == 0


def test_ends_when_its_starter_is_gone() -> None:
    process, _ = _start("--end-with-stdin")
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


@pytest.mark.parametrize("options", [("--quota", "cows=3"), ("--settle-ms-for", "cow=3"), ("--quota", "apps=many")])
def test_refuses_wrong_options(options: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, str(SERVER), *options], capture_output=True, timeout=20)
    assert done.returncode == 64 and options[1].split("=")[0] in done.stderr.decode() + options[1]


def test_fixed_and_random_first_keys() -> None:
    with Cloud("--access-key-id", "AKIATESTTESTTESTTEST", "--secret-access-key", "secret", "--account", "333333333333") as one:
        assert one.credentials()["access_key_id"] == "AKIATESTTESTTESTTEST"
        assert one.boto3("sts").get_caller_identity()["Account"] == "333333333333"
        with Cloud() as two:
            assert two.endpoint != one.endpoint and two.access_key_id != one.access_key_id
            assert two.boto3("sts").get_caller_identity()["Account"] == "111111111111"


def test_connection_is_kept_and_lengths_are_given(cloud: Cloud) -> None:
    parts = urlsplit(cloud.endpoint)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    for path in ("/_control/health", "/nothing", "/_control/nothing", "/_control/counts"):
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.version == 11 and int(answer.getheader("Content-Length") or -1) == len(body)
        assert answer.getheader("Date") and not answer.will_close
    connection.close()


def test_continue_is_sent_to_who_waits_for_it(cloud: Cloud) -> None:
    import socket

    parts = urlsplit(cloud.endpoint)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert connection.recv(4096).startswith(b"HTTP/1.1 404 ")


def test_many_connections_at_once(cloud: Cloud) -> None:
    cloud.seed(30, prefix="user{n}")
    cloud.set(latency_ms=100)
    parts = urlsplit(cloud.endpoint)
    connections = [http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10) for _ in range(20)]
    for connection in connections:
        connection.request("POST", "/", body=b"{}")
    wait_until(lambda: cloud.control("GET", "counts")["total"] == 20)
    assert [connection.getresponse().status for connection in connections] == [404] * 20
