"""Where the built program takes its credentials from, and that their end stops no change."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Iterator

import pytest

from e2e.support import ACCOUNT, REGION, Scenario

ISSUER = "oidc.example.com/id/1"
SUBJECT = "system:serviceaccount:ml:sagekeeper"
#: No credentials in the variables: an empty variable is an unset one.
BARE = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}
IMDS_PATH = "/latest/meta-data/iam/security-credentials/"


def trust(subject: str = SUBJECT) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"},
        "Condition": {"StringEquals": {f"{ISSUER}:sub": subject, f"{ISSUER}:aud": "sts.amazonaws.com"}}}]}


def token(**claims: Any) -> str:
    parts = ({"alg": "RS256", "kid": "1"},
             {"iss": f"https://{ISSUER}", "sub": SUBJECT, "aud": ["sts.amazonaws.com"], **claims})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                    for part in parts) + ".c2lnbmF0dXJl"


@dataclass
class Pod:
    """A scenario whose only credentials are a projected service account token."""

    scenario: Scenario
    env: dict[str, str]

    def token(self, **claims: Any) -> str:
        text = token(**claims)
        self.scenario.folder.joinpath("token").write_text(text)
        return text


@pytest.fixture
def pod(scenario) -> Pod:
    arn = scenario.cloud.role("keeper", account=ACCOUNT, trust=trust())
    made = Pod(scenario, BARE | {"AWS_WEB_IDENTITY_TOKEN_FILE": str(scenario.folder / "token"),
                                 "AWS_ROLE_ARN": arn, "AWS_ROLE_SESSION_NAME": "keeper-pod"})
    made.token()
    scenario.mark = scenario.cloud.mark()
    return made


@dataclass
class StandIn:
    """A metadata server on loopback: `answer(method, path, headers)` gives status and body."""

    answer: Callable[[str, str, dict[str, str]], tuple[int, str]]
    requests: list[str] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> "StandIn":
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                stand_in.requests.append(f"{self.command} {self.path}")
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, body = stand_in.answer(self.command, self.path, headers)
                data = body.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_PUT = do_GET

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def session(scenario: Scenario, seconds: float = 3600) -> dict[str, Any]:
    """A new temporary key of the account, in the form of ECS and EC2."""
    key = scenario.cloud.control("POST", "credentials", account=ACCOUNT, session=True, expires_in=seconds)
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    return {"Code": "Success", "AccessKeyId": key["access_key_id"], "SecretAccessKey": key["secret_access_key"],
            "Token": key["session_token"], "Expiration": until}


def check_converged(scenario: Scenario, env: dict[str, str]) -> None:
    assert sorted(scenario.profiles()) == ["user1-team1", "user1-team2", "user2-team2"]
    scenario.run("plan", env=env).expect(0)


def outputs_of(*results: Any) -> str:
    return "".join(result.out + result.err for result in results)


# web identity


def test_a_run_with_nothing_but_web_identity(pod):
    applied = pod.scenario.run("apply", "--yes", env=pod.env).expect(0)
    check_converged(pod.scenario, pod.env)
    requests = pod.scenario.cloud.requests(since=pod.scenario.mark)
    ours = [request for request in requests if request["user_agent"].startswith("sagekeeper")]
    assert {request["principal"] for request in ours if request["operation"] != "AssumeRoleWithWebIdentity"} == \
        {f"arn:aws:sts::{ACCOUNT}:assumed-role/keeper/keeper-pod"}
    unsigned = [request for request in ours if request["operation"] == "AssumeRoleWithWebIdentity"]
    # The regional endpoint, no key of any kind, and one session for a run.
    assert [(request["access_key_id"] or "", request["status"]) for request in unsigned] == [("", 200)] * 2
    text = (pod.scenario.folder / "token").read_text()
    assert text not in outputs_of(applied)
    for file in pod.scenario.state.rglob("*"):
        assert not file.is_file() or text.encode() not in file.read_bytes(), file


def test_web_identity_assumes_the_roles_of_accounts(pod):
    role = pod.scenario.cloud.role("per-account", account=ACCOUNT, trusted_accounts=[ACCOUNT])
    pod.scenario.edit("organization.yaml", "      regions: [us-east-1]", f"      regions: [us-east-1]\n      roleArn: {role}")
    pod.scenario.run("apply", "--yes", env=pod.env).expect(0)
    check_converged(pod.scenario, pod.env)
    assumed = pod.scenario.cloud.requests(since=pod.scenario.mark, operation="AssumeRole")
    assert {request["principal"] for request in assumed} == \
        {f"arn:aws:sts::{ACCOUNT}:assumed-role/keeper/keeper-pod"}


@pytest.mark.parametrize("claims, code", [({"sub": "system:serviceaccount:ml:other"}, "AccessDenied"),
                                          ({"iss": "https://evil.example"}, "AccessDenied"),
                                          ({"exp": 1}, "ExpiredTokenException")])
def test_a_refused_web_identity_says_why_and_changes_nothing(pod, claims, code):
    text = pod.token(**claims)
    result = pod.scenario.run("apply", "--yes", env=pod.env).expect(4)
    assert code in outputs_of(result) and "role/keeper" in outputs_of(result)
    assert text not in outputs_of(result)
    assert pod.scenario.writes() == []


# container and instance


def test_a_run_with_container_credentials(scenario):
    secret = "pod-identity-token"
    (scenario.folder / "pod-token").write_text(secret + "\n")
    given: list[dict[str, Any]] = []

    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        if headers.get("authorization") != secret:
            return 401, json.dumps({"message": "no"})
        given.append(session(scenario))
        return 200, json.dumps(given[-1])

    with StandIn(answer) as server:
        env = BARE | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/v1/credentials",
                      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(scenario.folder / "pod-token"),
                      "http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"}
        result = scenario.run("apply", "--yes", env=env).expect(0)
        check_converged(scenario, env)
    assert server.requests == ["GET /v1/credentials"] * 2
    for key in given:
        assert secret not in outputs_of(result) and key["SecretAccessKey"] not in outputs_of(result)


def test_container_credentials_never_go_to_a_foreign_host(scenario):
    env = BARE | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://collector.example/creds",
                  "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-identity-token"}
    result = scenario.run("plan", env=env).expect(4)
    assert "collector.example" in outputs_of(result) and "loopback" in outputs_of(result)
    assert "pod-identity-token" not in outputs_of(result)


def imds(scenario: Scenario, version_2: bool) -> StandIn:
    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        if method == "PUT" and path == "/latest/api/token":
            ttl = headers.get("x-aws-ec2-metadata-token-ttl-seconds")
            return (200, "imds-token") if version_2 and ttl == "21600" else (403, "")
        if version_2 and headers.get("x-aws-ec2-metadata-token") != "imds-token":
            return 401, ""
        if path == IMDS_PATH:
            return 200, "node-role"
        return (200, json.dumps(session(scenario))) if path == IMDS_PATH + "node-role" else (404, "")

    return StandIn(answer)


def test_a_run_with_instance_metadata(scenario):
    with imds(scenario, version_2=True) as server:
        env = BARE | {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}
        scenario.run("apply", "--yes", env=env).expect(0)
    assert server.requests == ["PUT /latest/api/token", f"GET {IMDS_PATH}", f"GET {IMDS_PATH}node-role"]
    check_converged(scenario, {})


def test_instance_metadata_of_version_1_is_not_used(scenario):
    with imds(scenario, version_2=False) as server:
        env = BARE | {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}
        result = scenario.run("plan", env=env).expect(4)
    assert server.requests == ["PUT /latest/api/token"]
    assert "IMDSv1 is not used" in outputs_of(result)


# profiles


@pytest.fixture
def home(scenario) -> Iterator[Callable[[str], dict[str, str]]]:
    """Writes a shared config file; the variables that lead to it."""
    def write(config: str) -> dict[str, str]:
        folder = scenario.folder / "home"
        (folder / ".aws" / "sso" / "cache").mkdir(parents=True, exist_ok=True)
        (folder / ".aws" / "config").write_text(config)
        return BARE | {"HOME": str(folder), "AWS_CONFIG_FILE": str(folder / ".aws" / "config")}

    yield write


def test_a_run_with_credential_process(scenario, home):
    key = session(scenario)
    (scenario.folder / "printed.json").write_text(json.dumps(
        {"Version": 1, "AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"],
         "SessionToken": key["Token"], "Expiration": key["Expiration"]}))
    env = home(f"[profile work]\ncredential_process = cat '{scenario.folder}/printed.json'\n")
    scenario.run("apply", "--yes", "--profile", "work", env=env).expect(0)
    check_converged(scenario, {})


def test_a_run_with_single_sign_on(scenario, home):
    env = home("[default]\nsso_session = acme\nsso_account_id = %s\nsso_role_name = Keeper\n"
               "[sso-session acme]\nsso_region = %s\nsso_start_url = https://acme.awsapps.com/start\n"
               % (ACCOUNT, REGION))
    cache = scenario.folder / "home/.aws/sso/cache" / (hashlib.sha1(b"acme").hexdigest() + ".json")
    cache.write_text(json.dumps({"accessToken": "bearer-token", "expiresAt": "2000-01-01T00:00:00Z"}))
    result = scenario.run("plan", env=env).expect(4)
    assert "aws sso login --sso-session acme" in outputs_of(result)

    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        if headers.get("x-amz-sso_bearer_token") != "bearer-token":
            return 401, json.dumps({"message": "Session token not found or invalid"})
        key = session(scenario)
        return 200, json.dumps({"roleCredentials": {
            "accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"],
            "sessionToken": key["Token"], "expiration": int((time.time() + 3600) * 1000)}})

    cache.write_text(json.dumps({"accessToken": "bearer-token", "expiresAt": "2099-01-01T00:00:00Z"}))
    with StandIn(answer) as server:
        env["AWS_ENDPOINT_URL_SSO"] = server.url
        result = scenario.run("apply", "--yes", env=env).expect(0)
    assert server.requests == [f"GET /federation/credentials?role_name=Keeper&account_id={ACCOUNT}"]
    assert "bearer-token" not in outputs_of(result)
    check_converged(scenario, {})


# failure


def test_without_credentials_every_provider_is_named(scenario):
    result = scenario.run("plan", env=BARE).expect(4)
    for provider in ("environment", "profile role", "web identity", "sso", "credentials file",
                     "credential_process", "config file", "container", "instance metadata"):
        assert f"{provider}: " in outputs_of(result), provider
    assert scenario.cloud.requests(since=scenario.mark) == []


# credentials that expire mid-run


def failed(scenario: Scenario) -> list[str]:
    """What was refused in this run, look-ups of what is not there yet left out."""
    return [f"{request['operation']}: {request['code']}" for request in scenario.cloud.requests(since=scenario.mark)
            if request["status"] >= 400 and request["code"] not in ("NoSuchEntity", "ResourceNotFound")]


def test_web_identity_that_expires_mid_run(pod):
    scenario = pod.scenario
    scenario.cloud.set(session_seconds=4, latency_ms=600)
    scenario.run("apply", "--yes", env=pod.env).expect(0)
    scenario.cloud.set(session_seconds=0, latency_ms=0)
    assert scenario.cloud.count("AssumeRoleWithWebIdentity", since=scenario.mark) >= 3
    assert failed(scenario) == []
    check_converged(scenario, pod.env)


def test_container_credentials_that_expire_mid_run(scenario):
    with StandIn(lambda *_: (200, json.dumps(session(scenario, 4)))) as server:
        env = BARE | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/"}
        scenario.mark = scenario.cloud.mark()
        scenario.cloud.set(latency_ms=600)
        scenario.run("apply", "--yes", env=env).expect(0)
        scenario.cloud.set(latency_ms=0)
    assert len(server.requests) >= 3
    assert failed(scenario) == []
    check_converged(scenario, {})
