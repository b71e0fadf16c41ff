"""Whose access a plan alters: what it says is compared with what `policy decide` decides before and after."""

from __future__ import annotations

import json
import subprocess

import pytest

from e2e.support import Scenario, program

@pytest.fixture(autouse=True)
def told(monkeypatch):
    """As a user has it: without the setting."""
    plain = Scenario.environment

    def environment(self, *arguments, **more):
        return {name: value for name, value in plain(self, *arguments, **more).items()
                if name != "SAGEKEEPER_ACCESS_CHANGES" or name in more}

    monkeypatch.setattr(Scenario, "environment", environment)


TEAM1 = "iam_role/ml-dev/global/sagekeeper-team1"
TEAM2 = "iam_role/ml-dev/global/sagekeeper-team2"
TRAINING = "iam_role/ml-dev/global/sagekeeper-team2-training"
REPORTS = "policies/reports.json"


def sections(scenario, *arguments: str, codes: tuple[int, ...] = (2,)) -> dict[str, dict]:
    return {section["role"]: section for section in scenario.plan(*arguments, codes=codes)["accessChanges"]}


def statements(scenario) -> list[dict]:
    return json.loads((scenario.repository / REPORTS).read_text())["Statement"]


def write_reports(scenario, *written: dict) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in written]}
    scenario.write(REPORTS, json.dumps(document, indent=2))
    scenario.commit("another policy for team2")


def change(row: dict) -> tuple:
    return row["change"], row["importance"], tuple(row.get("actions", ())), tuple(row.get("resources", ()))


def changes(section: dict) -> list[tuple]:
    return [change(row) for row in section["rows"]]


def decide(request: dict, *documents: dict) -> str:
    question = request | {"identityPolicies": [{"name": str(i), "document": item} for i, item in enumerate(documents)]}
    done = subprocess.run([str(program()), "policy", "decide"], input=json.dumps(question) + "\n",
                          capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)["decision"]


QUERY = {"Sid": "Query", "Action": "glue:GetTable",
         "Resource": ["arn:aws:glue:us-east-1:123456789012:table/sales/*"]}


def test_one_action_more(applied):
    write_reports(applied, *statements(applied), QUERY)
    section = sections(applied)
    assert list(section) == [TEAM2]
    row, = section[TEAM2]["rows"]
    assert change(row) == ("gains", "read", ("glue:GetTable",), tuple(QUERY["Resource"]))
    assert section[TEAM2]["team"] == "team2" and section[TEAM2]["people"] == ["user1@team2", "user2@team2"]
    assert (row["by"]["statement"], row["by"]["policy"], row["by"]["from"]) == ("Query", "reports", REPORTS)
    assert "only" not in row, "everybody who works as the role"
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **QUERY}]}
    assert decide(row["request"], document) == "Allowed"
    for output in ("text", "markdown"):
        said = applied.run("plan", "--output", output).expect(2).out
        for part in ("Access changes", "team2", "user1@team2, user2@team2", "read: glue:GetTable",
                     QUERY["Resource"][0], "Query of policies/reports.json", "teams/team2.yaml:"):
            assert part in said, (output, part, said)
        assert said.index("Access changes") < said.index("InlinePolicies.reports"), "at the top"


def test_order_and_spelling_are_no_change(applied):
    read, = statements(applied)
    read["Action"] = ["S3:listbucket", "s3:GetObject"]
    read["Resource"] = list(reversed(read["Resource"]))
    write_reports(applied, read)
    assert applied.plan(codes=(0,))["changes"] == []


def test_what_is_granted_elsewhere_already_is_no_gain(applied):
    write_reports(applied, *statements(applied),
                  {"Sid": "Again", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-team2-data/reports/*"})
    plan = applied.plan()
    assert [row["address"] for row in plan["changes"]] == [TEAM2]
    assert plan["accessChanges"] == []


def test_one_statement_split_into_two_is_no_gain(applied):
    read, = statements(applied)
    write_reports(applied, *[{**read, "Sid": f"Part{i}", "Action": action} for i, action in enumerate(read["Action"])])
    plan = applied.plan()
    assert len(plan["changes"]) == 1 and plan["accessChanges"] == []


def test_what_is_lost(applied):
    read, = statements(applied)
    write_reports(applied, {**read, "Action": "s3:ListBucket"})
    row, = sections(applied)[TEAM2]["rows"]
    assert change(row)[:3] == ("loses", "read", ("s3:GetObject",))
    assert row["resources"] == ["arn:aws:s3:::acme-reports/*"], "objects are not on the bucket itself"


def test_a_condition_that_goes(applied):
    narrow = {**QUERY, "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}
    write_reports(applied, *statements(applied), narrow)
    applied.run("apply", "--yes").expect(0)
    write_reports(applied, *statements(applied)[:1], QUERY)
    row, = sections(applied)[TEAM2]["rows"]
    assert change(row)[:3] == ("gains", "read", ("glue:GetTable",))
    assert row["request"]["context"].get("aws:RequestedRegion") != "us-east-1"


def test_a_deny_that_goes_is_named(applied):
    update = {"Sid": "Stop", "Action": "sagemaker:DeleteApp", "Resource": "*"}
    write_reports(applied, *statements(applied), {**update, "Effect": "Deny"})
    losses = sections(applied)[TEAM2]["rows"]
    assert {row["change"] for row in losses} == {"loses"} and {row["importance"] for row in losses} == {"write"}
    assert {odds["statement"] for row in losses for odds in row["against"]} == {"Stop"}
    applied.run("apply", "--yes").expect(0)
    write_reports(applied, *statements(applied)[:1])
    gains = sections(applied)[TEAM2]["rows"]
    assert [tuple(row["actions"]) for row in gains] == [tuple(row["actions"]) for row in losses]
    assert {row["change"] for row in gains} == {"gains"}
    assert "kept from it until now by Stop of 'reports'" in applied.run("plan").expect(2).out


def test_the_gravest_comes_first(applied):
    write_reports(
        applied, *statements(applied),
        {"Sid": "Look", "Action": "glue:GetTables", "Resource": "*"},
        {"Sid": "Other", "Action": "sagemaker:StopTrainingJob", "Resource": "*"},
        {"Sid": "Foreign", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-team1*"},
        {"Sid": "Write", "Action": "glue:CreateTable", "Resource": "*"},
        {"Sid": "Pass", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/sagekeeper/acme/sagekeeper-research-default",
         "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}})
    rows = {row["by"]["statement"]: row for row in sections(applied)[TEAM2]["rows"]}
    order = [row["importance"] for row in sections(applied)[TEAM2]["rows"]]
    assert order == ["cross-team", "cross-team", "pass-role", "write", "read"], rows
    assert rows["Foreign"]["teams"] == ["team1"] and rows["Foreign"]["importance"] == "cross-team"
    assert rows["Other"]["teams"] == [""], "any team's"
    said = applied.run("plan").expect(2).out
    assert "reaching team1" in said and said.index("cross-team: ") < said.index("read: glue:GetTables")


def test_the_boundary_counts(applied):
    """What a boundary does not leave is no gain; when the boundary goes, what it held back is."""
    write_reports(applied, *statements(applied), {"Sid": "Certificates", "Action": "iam:DeleteServerCertificate",
                                                  "Resource": "arn:aws:iam::123456789012:server-certificate/old/*"})
    assert applied.plan()["accessChanges"] == []
    applied.run("apply", "--yes").expect(0)
    applied.edit("policies/boundary.json", '"iam:Delete*", ', "")
    row, = sections(applied)[TEAM2]["rows"]
    assert change(row)[:3] == ("gains", "write", ("iam:DeleteServerCertificate",))
    assert [(odds["layer"], odds["statement"]) for odds in row["against"]] == [("permissionBoundary", "NoIdentities")]


def test_somebody_joins_until_a_day(applied):
    applied.write("user3.yaml", "apiVersion: sagekeeper/v1\nkind: User\nmetadata: {name: user3}\nspec: {email: u3@example.com}\n")
    applied.edit("teams/team1.yaml", "    - user1", "    - user1\n    - {user: user3, until: 2099-01-31}")
    section = sections(applied)
    assert list(section) == [TEAM1]
    row, = section[TEAM1]["rows"]
    assert row == {"change": "gains", "importance": "membership", "person": "user3@team1", "user": "user3",
                   "place": "sagemaker_user_profile/ml-dev/us-east-1/research/user3-team1", "until": "2099-01-31"}
    assert section[TEAM1]["state"] == "same"
    reached = {(row["importance"], tuple(row["resources"])) for row in section[TEAM1]["reaches"]}
    assert ("write", ("arn:aws:s3:::acme-team1-data/*",)) in reached
    for output in ("text", "markdown"):
        said = applied.run("plan", "--output", output).expect(2).out
        for part in ("user3@team1 works in sagemaker_user_profile/ml-dev/us-east-1/research/user3-team1",
                     "until 2099-01-31", "as sagekeeper-team1", "which reaches write: "):
            assert part in said, (output, part, said)


def test_somebody_leaves(applied):
    applied.edit("teams/team2.yaml", "    - user2\n", "")
    row, = sections(applied)[TEAM2]["rows"]
    assert (row["change"], row["importance"], row["person"]) == ("loses", "membership", "user2@team2")
    assert "reaches" not in sections(applied)[TEAM2]


def test_a_job_role_that_grows_names_who_passes_it(applied):
    applied.edit("teams/team2.yaml", "      policies:\n        - studio-supporting-services@1\n  data:",
                 "      policies:\n        - studio-supporting-services@1\n        - studio-read-only@1\n  data:")
    section = sections(applied)[TRAINING]
    assert {row["importance"] for row in section["rows"]} == {"read", "list"}
    assert section["through"] == [{"role": TEAM2, "how": "passes it to SageMaker",
                                   "people": ["user1@team2", "user2@team2"]}]
    assert "through sagekeeper-team2, which passes it to SageMaker" in applied.run("plan").expect(2).out


def test_who_may_become_a_role(applied):
    iam = applied.boto3("iam")
    name = "sagekeeper-team1"
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"].append({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                               "Action": "sts:AssumeRole"})
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    row, = sections(applied)[TEAM1]["rows"]
    assert row["importance"] == "trust" and any("123456789012" in sentence for sentence in row["sentences"])


def test_a_first_plan_says_what_each_role_will_do(scenario):
    found = sections(scenario)
    assert {section["state"] for section in found.values()} == {"new"}
    assert {TEAM1, TEAM2, TRAINING} < set(found)
    assert not any(row["importance"] == "cross-team" for section in found.values() for row in section["rows"])
    passed, = [row for row in found[TEAM2]["rows"] if row["importance"] == "pass-role"]
    assert [arn.rsplit("/", 1)[1] for arn in passed["resources"]] == ["sagekeeper-team2", "sagekeeper-team2-training"]
    assert not any(section["unknown"] for section in found.values())


def test_by_hand_and_back(applied):
    """Drift: what the plan takes back, it says."""
    applied.boto3("iam").attach_role_policy(RoleName="sagekeeper-team2",
                                            PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    rows = sections(applied)[TEAM2]["rows"]
    assert rows and {row["change"] for row in rows} == {"loses"}
    assert any("AmazonSageMakerFullAccess" in json.dumps(row.get("by", row)) for row in rows)


def test_apply_shows_them_before_it_asks(applied):
    write_reports(applied, *statements(applied), QUERY)
    said = applied.run("apply").expect(64).out
    assert "read: glue:GetTable" in said
    assert applied.writes() == []


def test_when_it_is_told(applied):
    write_reports(applied, *statements(applied), QUERY)
    assert "accessChanges" not in applied.plan("--access-changes", "never")
    applied.run("plan", "--out", str(applied.folder / "plan.json")).expect(2)
    assert json.loads((applied.folder / "plan.json").read_text())["accessChanges"]
    out = applied.run("apply", "--yes", env={"SAGEKEEPER_ACCESS_CHANGES": "always"}).expect(0).out
    assert out.count("Access changes:") == 1
    write_reports(applied, *statements(applied)[:1])
    assert "Access changes:" not in applied.run("apply", "--yes").expect(0).out, "nobody decides by it"
