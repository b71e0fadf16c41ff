"""What breaks a property of `verify` is held back, whatever brings it, and nothing else is."""

from __future__ import annotations

import json

import pytest

from e2e.daemon import Daemon
from e2e.support import Scenario

ON = {"SAGEKEEPER_VERIFY": "auto"}
ROLE = "iam_role/ml-dev/global/sagekeeper-team2"
STOP_ANY = {"Sid": "StopAny", "Action": "sagemaker:StopTrainingJob",
            "Resource": "arn:aws:sagemaker:*:*:training-job/*"}
TEAM3 = """
apiVersion: sagekeeper/v1
kind: Team
metadata: {name: team3}
spec:
  domain: research
  members: [user2]
  executionRole: {policies: [studio-read-only@1, studio-denied-services@1]}
  data: {buckets: [acme-team3-data], bucketPolicies: {acme-team3-data: none}}
"""


@pytest.fixture
def applied(scenario) -> Scenario:
    scenario.run("apply", "--yes").expect(0)
    scenario.mark = scenario.cloud.mark()
    return scenario


def allow(scenario, *statements: dict) -> None:
    """Makes these the statements of team2's own inline policy."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    (scenario.repository / "policies/reports.json").write_text(json.dumps(document, indent=2))
    scenario.commit("another policy for team2")


def shorter(scenario) -> None:
    """A change that has nothing to do with it."""
    scenario.edit("teams/team1.yaml", "sessionDuration: 14400", "sessionDuration: 7200")


def except_(scenario, *subjects: str) -> None:
    lines = [f"    - {{rule: own-artefacts, subject: {subject}, reason: Agreed with all.}}\n" for subject in subjects]
    scenario.edit("organization.yaml", "  exceptions: ", "  exceptions:\n" + "".join(lines) + "  #")


def plan(scenario, *codes: int) -> dict:
    return scenario.run("plan", "--output", "json", env=ON).expect(*codes).json


def rows(planned: dict, outcome: str) -> list[tuple[str, str]]:
    return [(row["property"], row["subject"]) for row in planned["isolation"]["rows"] if row["outcome"] == outcome]


def refused(planned: dict) -> list[tuple[str, str]]:
    return [(row["rule"], row["subject"]) for row in planned["refused"]]


def held(planned: dict) -> set[str]:
    return {change["address"] for change in planned["changes"] if change.get("refused")}


def duration(scenario, role: str = "sagekeeper-team1") -> int:
    return scenario.boto3("iam").get_role(RoleName=role)["Role"]["MaxSessionDuration"]


def reports(scenario) -> str:
    return json.dumps(scenario.boto3("iam").get_role_policy(
        RoleName="sagekeeper-team2", PolicyName="reports")["PolicyDocument"])


def test_one_paragraph_says_it_all(applied):
    allow(applied, STOP_ANY)
    planned = plan(applied, 3)
    assert refused(planned) == [("isolation", ROLE)]
    assert held(planned) == {ROLE}
    for output in ("text", "markdown"):
        said = " ".join(applied.run("plan", "--output", output, env=ON).expect(3).out.replace("`", " ").split())
        for part in ("@team2", "sagemaker:StopTrainingJob on arn:aws:sagemaker:", "allowed by StopAny of 'reports'",
                     "policies/reports.json, named in teams/team2.yaml:", "own-artefacts",
                     "{rule: own-artefacts, subject: team2/sagemaker:StopTrainingJob, reason:"):
            assert part in said, (output, part, said)
    applied.run("apply", "--yes", env=ON).expect(3)
    assert applied.writes() == []


def test_the_controller_stalls_for_that_change_only(applied):
    allow(applied, STOP_ANY)
    shorter(applied)
    with Daemon(applied, env=ON) as daemon:
        status = daemon.rest()
        assert (status["state"], status["reason"]) == ("stalled", "guard-refused")
        assert [(row["rule"], row["subject"]) for row in status["refusals"]] == [("isolation", ROLE)]
        assert "StopAny" in status["refusals"][0]["message"]
        assert duration(applied) == 7200
        assert "StopAny" not in reports(applied)
        except_(applied, "team2/sagemaker:StopTrainingJob")
        daemon.cycle()  # may be one that began before the commit, to look at what was applied
        status = daemon.cycle()
        assert (status["state"], status.get("refusals")) == ("ready", None)
        assert "StopAny" in reports(applied)
        assert daemon.end() == 0


def test_a_new_team_that_an_old_pattern_fits_is_what_is_held_back(applied):
    allow(applied, {"Sid": "Read", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-team3*"})
    applied.run("apply", "--yes", env=ON).expect(0)
    applied.write("teams/team3.yaml", TEAM3)
    shorter(applied)
    planned = plan(applied, 3)
    assert rows(planned, "violated") == [("own-data", ROLE)]
    assert "iam_role/ml-dev/global/sagekeeper-team3" in held(planned)
    assert "iam_role/ml-dev/global/sagekeeper-team1" not in held(planned)
    applied.run("apply", "--yes", env=ON).expect(3)
    assert duration(applied) == 7200
    names = {role["RoleName"] for role in applied.boto3("iam").list_roles()["Roles"]}
    assert "sagekeeper-team3" not in names and "sagekeeper-team2" in names


def test_holding_back_the_nearest_change_is_not_always_enough(applied):
    allow(applied, {"Sid": "Read", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-team3*"})
    applied.run("apply", "--yes", env=ON).expect(0)
    applied.write("teams/team3.yaml", TEAM3)
    applied.edit("teams/team2.yaml", "description: What team2 works as", "description: Another sentence")
    applied.run("apply", "--yes", env=ON).expect(3)
    names = {role["RoleName"] for role in applied.boto3("iam").list_roles()["Roles"]}
    assert "sagekeeper-team3" not in names


def test_what_is_so_already_is_shown_and_holds_nothing_back(applied):
    allow(applied, STOP_ANY)
    applied.run("apply", "--yes").expect(0)  # without asking
    applied.edit("teams/team2.yaml", "description: What team2 works as", "description: Another sentence")
    planned = plan(applied, 2)
    assert rows(planned, "already so") == [("own-artefacts", ROLE)]
    assert "already so: own-artefacts" in applied.run("plan", env=ON).expect(2).out
    applied.run("apply", "--yes", env=ON).expect(0)
    role = applied.boto3("iam").get_role(RoleName="sagekeeper-team2")["Role"]
    assert role["Description"] == "Another sentence"
    # One more hole beside the old one is a new one.
    allow(applied, STOP_ANY, {"Sid": "Wider", "Action": "sagemaker:StopProcessingJob", "Resource": "*"})
    planned = plan(applied, 3)
    assert rows(planned, "violated") == [("own-artefacts", ROLE)]
    assert "sagemaker:StopProcessingJob" in planned["refused"][0]["message"]


def test_an_exception_lets_it_through_and_is_shown(applied):
    allow(applied, STOP_ANY)
    except_(applied, "team2/sagemaker:StopTrainingJob")
    planned = plan(applied, 2)
    assert rows(planned, "relaxed") == [("own-artefacts", "team2/sagemaker:StopTrainingJob")]
    for output in ("text", "markdown"):
        assert "Agreed with all." in applied.run("plan", "--output", output, env=ON).expect(2).out
    applied.run("apply", "--yes", env=ON).expect(0)
    assert "StopAny" in reports(applied)


def test_what_is_excepted_does_not_hide_the_rest(applied):
    stops = ["StopTrainingJob", "StopProcessingJob", "StopTransformJob", "StopAutoMLJob", "StopCompilationJob",
             "StopHyperParameterTuningJob", "StopPipelineExecution"]
    allow(applied, {"Sid": "Stop", "Action": [f"sagemaker:{name}" for name in stops], "Resource": "*"})
    except_(applied, *[f"team2/sagemaker:{name}" for name in stops[:-1]])
    planned = plan(applied, 3)
    assert "sagemaker:StopPipelineExecution" in planned["refused"][0]["message"]


def test_an_exception_that_nothing_needs_and_what_is_unknown(applied):
    except_(applied, "team1")
    applied.edit("teams/team1.yaml", "      acme-team1-data: none       # the bucket has no policy of its own\n",
                 "      {}\n")
    planned = plan(applied, 0, 2)
    assert rows(planned, "not needed") == [("own-artefacts", "team1")]
    assert [row[0] for row in rows(planned, "unknown")] == ["own-data"]
    assert "not needed: own-artefacts, team1" in applied.run("plan", env=ON).expect(0, 2).out


def test_when_it_is_asked(applied):
    assert [row["outcome"] for row in plan(applied, 0)["isolation"]["rows"]] == ["proved"]
    out = applied.run("apply", "--yes", env=ON).expect(0).out
    assert "Isolation" not in out, "nothing is to be written"
    out = applied.run("apply", "--yes", env={"SAGEKEEPER_VERIFY": "always"}).expect(0).out
    assert "proved: all 10 properties" in out
    allow(applied, STOP_ANY)
    out = applied.run("plan", "--verify", "never").expect(2).out
    assert "not asked: --verify never" in out
