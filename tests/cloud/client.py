"""Cloud: starts a local AWS, talks to its control endpoint, and makes boto3 clients for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Callable, TypeVar
from urllib.parse import urlencode

_SERVER = Path(__file__).resolve().parent / "server.py"
_START_SECONDS = 30.0

Value = TypeVar("Value")


class CloudError(Exception):
    """The server did not start, or a control call was refused."""


def wait_until(check: Callable[[], Value], seconds: float = 10.0, what: str = "") -> Value:
    """Call `check` until it gives something true; that value. CloudError after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise CloudError(f"timed out after {seconds} s waiting for {what or check}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


class Cloud:
    """One local AWS process. Use as a context manager, or call start() and stop()."""

    def __init__(self, *options: str, log: Path | None = None) -> None:
        self.options = options
        self.log = log
        self.endpoint = ""
        self.account = ""
        self.access_key_id = ""
        self.secret_access_key = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._accounts: dict[str, dict[str, Any]] = {}
        self._clients: dict[tuple[str, ...], Any] = {}

    def __enter__(self) -> "Cloud":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> "Cloud":
        errors = open(self.log, "ab") if self.log else None
        self._process = subprocess.Popen(
            [sys.executable, str(_SERVER), "--end-with-stdin", *self.options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        if errors:
            errors.close()
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise CloudError(f"the local AWS ended with {self._process.wait(_START_SECONDS)} before it was ready")
        ready = json.loads(line)
        self.endpoint, self.account = ready["endpoint"], ready["account"]
        self.access_key_id, self.secret_access_key = ready["access_key_id"], ready["secret_access_key"]
        self._accounts = {self.account: {"access_key_id": self.access_key_id,
                                         "secret_access_key": self.secret_access_key, "session_token": ""}}
        return self

    def stop(self) -> int:
        """End the server; its exit code."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.terminate()
        try:
            code = process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()
        self._clients.clear()
        return code

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    # credentials and clients

    def credentials(self, account: str | None = None) -> dict[str, Any]:
        """A key of this account's root, made when first asked for."""
        account = account or self.account
        if account not in self._accounts:
            self._accounts[account] = self.new_credentials(account)
        return self._accounts[account]

    def new_credentials(self, account: str, **fields: Any) -> dict[str, Any]:
        """A fresh key: `user`, `role` (an ARN), `session=True`, `expires_in` seconds, or fixed ids and secrets."""
        return dict(self.control("POST", "credentials", account=account, **fields))

    def environment(self, account: str | None = None, region: str = "us-east-1") -> dict[str, str]:
        """The variables with which a program uses this cloud as that account."""
        key = self.credentials(account)
        values = {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
                  "AWS_ACCESS_KEY_ID": key["access_key_id"], "AWS_SECRET_ACCESS_KEY": key["secret_access_key"]}
        if key["session_token"]:
            values["AWS_SESSION_TOKEN"] = key["session_token"]
        return values

    def boto3(self, service: str, region: str = "us-east-1", account: str | None = None,
              credentials: dict[str, Any] | None = None, **config: Any) -> Any:
        """A boto3 client that does not retry, so that a test sees each answer."""
        import boto3
        from botocore.config import Config

        key = credentials or self.credentials(account)
        name = (service, region, repr(sorted(key.items(), key=str)), repr(sorted(config.items())))
        if name not in self._clients:
            settings = {"retries": {"total_max_attempts": 1}, "max_pool_connections": 64} | config
            session = boto3.session.Session(
                aws_access_key_id=key["access_key_id"], aws_secret_access_key=key["secret_access_key"],
                aws_session_token=key.get("session_token") or None, region_name=region)
            self._clients[name] = session.client(service, endpoint_url=self.endpoint, config=Config(**settings))
        return self._clients[name]

    # control

    def control(self, method: str, call: str, /, **arguments: Any) -> Any:
        """One control call; its JSON. CloudError with the server's words when it is refused."""
        url, data = f"{self.endpoint}/_control/{call}", None
        if method == "POST":
            data = json.dumps(arguments).encode()
        elif arguments:
            url += "?" + urlencode(arguments)
        request = urllib.request.Request(url, data=data, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise CloudError(f"{method} {call}: {error.read().decode()}") from None

    def requests(self, since: int = 0, **wanted: Any) -> list[dict[str, Any]]:
        """The logged requests, in order of arrival; `wanted` are fields they must equal."""
        return list(self.control("GET", "requests", since=since, **wanted)["requests"])

    def count(self, operation: str | None = None, since: int = 0, **wanted: Any) -> int:
        """How many requests; `operation` as "UpdateUserProfile"."""
        if operation is not None:
            wanted["operation"] = operation
        return int(self.control("GET", "counts", since=since, **wanted)["total"])

    def counts(self, since: int = 0, **wanted: Any) -> dict[str, int]:
        """Requests per "service:operation"."""
        return dict(self.control("GET", "counts", since=since, **wanted)["counts"])

    def mark(self) -> int:
        """The last sequence number, to count from here on with `since`."""
        return int(self.control("GET", "counts")["last_sequence"])

    def inject(self, kind: str, operation: str = "*", **fields: Any) -> int:
        """A fault; its id. Fields as in README.md, for example occurrence=2 or code="…"."""
        return int(self.control("POST", "faults", kind=kind, operation=operation, **fields)["id"])

    def fault(self, rule: int) -> dict[str, Any]:
        return next(item for item in self.control("GET", "faults")["faults"] if item["id"] == rule)

    def wait_held(self, rule: int, seconds: float = 20.0) -> None:
        """Until a request is held by this rule."""
        wait_until(lambda: self.fault(rule)["waiting"], seconds, f"a request held by fault {rule}")

    def release(self, rule: int | None = None) -> None:
        self.control("POST", "release", **({} if rule is None else {"id": rule}))

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def set(self, **values: Any) -> None:
        """Change settings while running: settle_ms=0, latency_ms=20, quota={"domains": 1} …"""
        self.control("POST", "settings", **values)

    def clock(self, **values: float) -> None:
        """skew=seconds (signatures and Date) or advance=seconds (settling, expiry, visibility)."""
        self.control("POST", "clock", **values)

    def seed(self, count: int, **fields: Any) -> dict[str, Any]:
        """A domain with `count` profiles made directly; {n} in prefix, settings and tags is the number."""
        return dict(self.control("POST", "seed", count=count, **fields))

    def role(self, name: str, account: str | None = None, **fields: Any) -> str:
        """A role made directly in any account; its ARN. Fields as in README.md."""
        return str(self.control("POST", "role", name=name, account=account or self.account, **fields)["arn"])

    def restrict(self, arn: str, **policies: Any) -> None:
        """Gives a role exactly these inline policies, past all checks."""
        self.control("POST", "role-policies", arn=arn, policies=policies)

    def decisions(self, since: int = 0, **wanted: Any) -> list[dict[str, Any]]:
        """What enforce_authorization decided: action, resource, keys, allowed, and whose request it was."""
        return [{"principal": request["principal"], "operation": request["operation"]} | decision
                for request in self.requests(since, **wanted) for decision in request.get("authorization", [])]

    def provision(self, groups: dict[str, list[str]], **fields: Any) -> None:
        """Groups and their members, as an identity provider writes them into Identity Center's directory."""
        self.control("POST", "provision", groups=groups, **fields)

    def fail_next(self, type: str, operation: str, **fields: Any) -> None:
        """The next create, update or delete of a domain, user_profile, space or app ends Failed."""
        self.control("POST", "fail-next", type=type, operation=operation, **fields)

    def force_status(self, arn: str, status: str, reason: str = "") -> None:
        self.control("POST", "status", arn=arn, status=status, reason=reason)

    def state(self) -> dict[str, Any]:
        """Everything in Studio and IAM, past all APIs."""
        return dict(self.control("GET", "state"))

    def reset(self) -> None:
        self.control("POST", "reset")

    def check_health(self) -> None:
        """CloudError unless every answer so far fitted the service models."""
        health = self.control("GET", "health")
        wrong = health["model_violations"] + health["crashes"] + health["not_implemented"]
        if wrong:
            raise CloudError("the local AWS misbehaved: " + "; ".join(wrong))

    def wait_status(self, describe: Callable[..., dict[str, Any]], status: str = "InService",
                    seconds: float = 10.0, **key: Any) -> dict[str, Any]:
        """Describe until the status is this one; the description."""
        return wait_until(lambda: (found := describe(**key))["Status"] == status and found, seconds,
                          f"{key} to be {status}")


def main() -> int:
    """Start one in the foreground, for a look by hand."""
    os.execv(sys.executable, [sys.executable, str(_SERVER), *sys.argv[1:]])


if __name__ == "__main__":
    main()
