"""The HTTP front: one thread per connection, HTTP/1.1 with keep-alive, faults at every stage."""

from __future__ import annotations

import email.utils
import http.server
import socket
import socketserver
import sys
import time
from typing import Any

from ..control import api
from ..control.faults import Rule
from ..dispatch import Exchange, carry_out, injected, open_exchange
from ..world import World
from .protocols import Answer, Request

_MAX_BODY = 16 * 1024 * 1024


class _Drop(Exception):
    """Close the connection without another byte."""


class Front(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        super().__init__(("127.0.0.1", port), _Connection)

    def server_bind(self) -> None:
        # HTTPServer would look the host name up, which can take seconds where there is no resolver.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        kind = sys.exc_info()[0]
        if kind is not None and issubclass(kind, (ConnectionError, TimeoutError)):
            return  # the client went away, which the tests do on purpose
        super().handle_error(request, client_address)


class _Connection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536  # head and body leave in one write
    server: Front

    def log_message(self, format: str, *args: Any) -> None:
        pass  # the request log is the control endpoint's

    def handle_expect_100(self) -> bool:
        # The base class leaves this in the buffer, where a client that waits for it never sees it.
        allowed = super().handle_expect_100()
        self.wfile.flush()
        return allowed

    def do_POST(self) -> None:
        try:
            request = self._read()
            if request is None:
                return
            if request.path.startswith("/_control/"):
                status, body = api.handle(self.server.world, request)
                self._write(Answer(status, body, "application/json"))
                return
            self._serve(request)
        except _Drop:
            self._cut()

    do_GET = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_POST

    def _read(self) -> Request | None:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value.strip() for name, value in self.headers.items()}
        if "chunked" in headers.get("transfer-encoding", ""):
            self._write(Answer(411, b"", "text/plain"))
            self.close_connection = True
            return None
        length = int(headers.get("content-length") or 0)
        if length > _MAX_BODY:
            self._write(Answer(413, b"", "text/plain"))
            self.close_connection = True
            return None
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise _Drop
        return Request(self.command, path, query, headers, body)

    def _serve(self, request: Request) -> None:
        world = self.server.world
        exchange = open_exchange(world, request)
        if world.settings.latency_ms > 0:
            time.sleep(world.settings.latency_ms / 1000.0)
        entry = exchange.entry
        gate = world.faults.closed_gate(entry["user_agent"])
        if gate is not None:
            self._hold(exchange, gate)
        rule = world.faults.meet(exchange.service, exchange.operation, entry["account"], entry["region"])
        if rule is None:
            self._write(carry_out(exchange))
            return
        entry["fault"] = rule.kind
        self._serve_faulty(exchange, rule)

    def _serve_faulty(self, exchange: Exchange, rule: Rule) -> None:
        answer = self._before(exchange, rule)
        if answer is None:
            answer = carry_out(exchange)
            if rule.kind == "double":
                answer = carry_out(exchange)
            answer = self._after(exchange, rule, answer)
        if rule.kind == "hold" and rule.stage == "answer":
            faults = self.server.world.faults
            faults.close_gate(rule, exchange.entry["user_agent"])
            self._write(answer)
            faults.answered(rule)
            return
        self._write(answer)

    def _before(self, exchange: Exchange, rule: Rule) -> Answer | None:
        """What a fault does before the effect; an answer if there is to be no effect."""
        if rule.kind == "drop_before":
            exchange.entry["outcome"] = "dropped before"
            raise _Drop
        if rule.kind in ("throttle", "deny") or (rule.kind == "fail" and not rule.after):
            return injected(exchange, rule)
        if rule.kind == "delay":
            self.server.world.faults.wait(rule, rule.ms / 1000.0)
        if rule.kind == "hold" and rule.stage == "receipt":
            self._hold(exchange, rule)
        return None

    def _after(self, exchange: Exchange, rule: Rule, answer: Answer) -> Answer:
        """What a fault does once the effect has happened."""
        if rule.kind == "drop_after":
            exchange.entry["outcome"] = "dropped after"
            raise _Drop
        if rule.kind == "fail" and rule.after:
            return injected(exchange, rule)
        if rule.kind == "truncate":
            exchange.entry["outcome"] = "truncated"
            self._write(answer, only=len(answer.body) // 2)
            raise _Drop
        if rule.kind == "late":
            if rule.ms > 0:
                self.server.world.faults.wait(rule, rule.ms / 1000.0)
            else:
                self.server.world.faults.wait(rule)
        if rule.kind == "hold" and rule.stage == "effect":
            self._hold(exchange, rule)
        return answer

    def _hold(self, exchange: Exchange, rule: Rule) -> None:
        self.server.world.faults.wait(rule)
        if rule.then == "drop":
            exchange.entry["outcome"] = f"dropped at {rule.stage}"
            raise _Drop

    def _write(self, answer: Answer, only: int | None = None) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", email.utils.formatdate(self.server.world.clock.front(), usegmt=True))
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body if only is None else answer.body[:only])
        self.wfile.flush()

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
