"""The program as roles that hold nothing but what `sagekeeper permissions` prints.

With --as-restricted-role the local cloud enforces IAM's policies, and every run of the program gets
the session of a role whose only policy is the printed one: of --read for what only looks, of --write
for what changes. The policy is printed anew when the manifests changed, as the guide tells people.
What the tests themselves do is done as root and is not restricted.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from cloud.client import Cloud, CloudError

if TYPE_CHECKING:
    from e2e.support import Scenario

#: Where what was printed and what was asked is kept; "" while runs are not restricted.
RECORD = ""
#: Commands that change something; all others get the role of --read.
WRITING = ("apply", "run")
#: Of an inline policy of a role (IAM quotas, characters without white space).
SIZE = 10240

#: Files, and tests as FILE::TEST, that a restricted run cannot be about, and why.
OWN_ROLES = "is about where credentials come from, and makes roles with policies of its own"
ELSEWHERE: dict[str, str] = {
    "test_credentials.py::test_a_run_with_nothing_but_web_identity": OWN_ROLES,
    "test_credentials.py::test_web_identity_assumes_the_roles_of_accounts": OWN_ROLES,
    "test_credentials.py::test_web_identity_that_expires_mid_run": OWN_ROLES,
    "test_daemon.py::test_nothing_is_done_without_a_valid_commit": "begins with manifests for which no policy is printed",
}


def why_not(file: str, test: str) -> str:
    """Why this test is not part of a restricted run; "" when it is."""
    return ELSEWHERE.get(file) or ELSEWHERE.get(f"{file}::{test}") or ""


def on() -> bool:
    return bool(RECORD)


def environment(scenario: "Scenario", plain: dict[str, str], *arguments: str) -> dict[str, str]:
    """The variables of a run, with the credentials of a role in place of the account's root."""
    access = "--write" if arguments and arguments[0] in WRITING else "--read"
    return plain | session(scenario, printed(scenario, plain, access), access)


def credentials(scenario: "Scenario", name: str, **policies: Any) -> dict[str, str]:
    """The variables with which a run has the session of a role with only these policies; they are enforced."""
    scenario.cloud.set(enforce_authorization=True)
    arn = scenario.cloud.role(name, account=scenario.account, policies=policies)
    key = scenario.cloud.new_credentials(scenario.account, role=arn, session=True)
    return {"AWS_ACCESS_KEY_ID": key["access_key_id"], "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
            "AWS_SESSION_TOKEN": key["session_token"]}


def printed(scenario: "Scenario", plain: dict[str, str], access: str) -> dict[str, Any]:
    """What the program prints for the manifests as they are; nothing for manifests that are not valid."""
    from e2e.support import program

    place = (access, scenario.git("rev-parse", "HEAD"))
    if place not in scenario.printed:
        offline = {name: value for name, value in plain.items() if not name.startswith("AWS_")}
        done = subprocess.run([str(program()), *scenario.arguments("permissions", access, "--output", "json")], env=offline,
                              capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
        scenario.check_sanitizers(done.stderr)
        scenario.printed[place] = json.loads(done.stdout) if done.returncode == 0 else {"policies": []}
        keep("printed", scenario.printed[place])
    return scenario.printed[place]


def session(scenario: "Scenario", value: dict[str, Any], access: str) -> dict[str, str]:
    """Gives the roles their policies; the variables for the role that the program starts as."""
    own: dict[str, Any] = {"assume": value["assume"]} if "assume" in value else {}
    for row in value["policies"]:
        assert row["characters"] <= SIZE, f"the policy has {row['characters']} characters"
        if "role" in row:
            with suppress(CloudError):  # no such role: then that is what the test is about
                scenario.cloud.restrict(row["role"], printed=row["policy"])
        elif row["id"] == scenario.account:
            own["printed"] = row["policy"]
    return credentials(scenario, "controller" + access, **own)


# the record


def install(folder: str) -> None:
    """Restricts the runs of this process, and keeps in `folder` what they asked for."""
    global RECORD
    RECORD = folder
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in ("reset", "stop"):
        setattr(Cloud, name, _after_keeping(getattr(Cloud, name)))


def _after_keeping(method: Callable[[Cloud], Any]) -> Callable[[Cloud], Any]:
    """A cloud forgets its log when it is reset or stopped."""
    def kept(cloud: Cloud) -> Any:
        if cloud.endpoint and cloud.running:
            _keep_decisions(cloud)
        return method(cloud)
    return kept


def _keep_decisions(cloud: Cloud) -> None:
    seen: dict[str, dict[str, Any]] = {}
    for decision in cloud.decisions():
        decision["role"] = decision.pop("principal").split("/")[1]
        seen[json.dumps(decision, sort_keys=True)] = decision
    for row in seen.values():
        keep("decision", row)


def keep(kind: str, value: Any) -> None:
    """A line of the record: one file for each process of the test run."""
    with open(Path(RECORD) / f"{os.getpid()}.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps({kind: value}) + "\n")


def load(folder: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was printed, and what was decided."""
    rows = [json.loads(line) for file in sorted(Path(folder).glob("*.jsonl"))
            for line in file.read_text(encoding="utf-8").splitlines()]
    return [row["printed"] for row in rows if "printed" in row], [row["decision"] for row in rows if "decision" in row]
