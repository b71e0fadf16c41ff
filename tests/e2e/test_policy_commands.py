"""sagekeeper policy: the catalogue, decisions as lines of JSON, and the cases of shipped templates."""

from __future__ import annotations

import json
import random
import re
import select
import subprocess

from e2e.support import ROOT, SECONDS, Scenario, program

ROLE = {"arn": "arn:aws:iam::123456789012:role/x", "account": "123456789012"}
ALLOW = [{"name": "p", "document": {"Version": "2012-10-17", "Statement": [
    {"Sid": "Own", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::own/*"}]}}]


def policy(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(program()), "policy", *arguments], input=text, capture_output=True, text=True,
                          timeout=SECONDS, check=False)
    Scenario.check_sanitizers(done.stderr)
    return done


def question(number: int, bucket: str) -> str:
    return json.dumps({"id": number, "principal": ROLE, "action": "s3:GetObject", "identityPolicies": ALLOW,
                       "resource": {"arn": f"arn:aws:s3:::{bucket}/key", "account": "123456789012"}})


def test_decide_keeps_the_order_and_goes_on_after_broken_lines():
    lines = [question(1, "own"), "no JSON", question(2, "other"), "", '{"id": 3}', question(4, "own")]
    done = policy("decide", text="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("decision", "error") for answer in answers] == [
        "Allowed", "error", "ImplicitlyDenied", "error", "error", "Allowed"]
    assert [answer["id"] for answer in answers] == [1, None, 2, None, 3, 4]
    assert answers[0]["because"] == [
        {"layer": "identity", "policy": "p", "statement": "Own", "effect": "Allow"}]


def test_decide_takes_a_seeded_mixture_without_stopping():
    seed = 20261122
    source = random.Random(seed)
    kinds = [lambda n: question(n, "own"), lambda n: question(n, "other"), lambda n: "{" * source.randrange(1, 90),
             lambda n: json.dumps({"id": n, "action": source.choice(["", "s3", "s3:*", 7, None])}),
             lambda n: question(n, "own")[: source.randrange(1, 200)]]
    lines = [source.choice(kinds)(number) for number in range(3000)]
    done = policy("decide", text="\n".join(lines))
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines), f"seed {seed}"
    for line, answer in zip(lines, answers):
        assert ("decision" in answer) != ("error" in answer), f"seed {seed}: {line}"


def test_decide_answers_as_the_guide_shows():
    page = (ROOT / "docs" / "guide" / "policies.md").read_text()
    asked, answered = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert policy("decide", text=json.dumps(json.loads(asked))).stdout == answered


def test_decide_answers_each_line_before_the_next_is_asked():
    """A script may hold the pipe open and wait for each answer."""
    with subprocess.Popen([str(program()), "policy", "decide"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as asked:
        for number in (1, 2):
            asked.stdin.write(question(number, "own").encode() + b"\n")
            asked.stdin.flush()
            readable, _, _ = select.select([asked.stdout], [], [], SECONDS)
            if not readable:
                asked.kill()
            assert readable, f"no answer to line {number} while the pipe is open"
            assert json.loads(asked.stdout.readline())["id"] == number
        asked.stdin.close()


def test_decide_reads_a_file_and_refuses_a_missing_one(tmp_path):
    path = tmp_path / "questions.ndjson"
    path.write_text(question(1, "own") + "\n")
    assert json.loads(policy("decide", str(path)).stdout)["decision"] == "Allowed"
    missing = policy("decide", str(tmp_path / "none"))
    assert missing.returncode == 1 and "none" in missing.stderr


def test_actions_are_found_by_pattern():
    done = policy("actions", "sagemaker:createuserp*", "--output", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [action["action"] for action in found] == ["sagemaker:CreateUserProfile"]
    assert found[0]["access"] == "write"
    assert "aws:RequestTag/*" in " ".join(found[0]["conditionKeys"]).replace("${TagKey}", "*")
    miss = policy("actions", "sagemaker:CreateDomian")
    assert miss.returncode == 1 and "sagemaker:CreateDomain" in miss.stderr


def test_the_cases_of_all_shipped_templates_hold():
    done = policy("test")
    assert done.returncode == 0, done.stdout
    rows = [line for line in done.stdout.splitlines() if line.endswith(" cases, 0 failed")]
    assert len(rows) == len(done.stdout.splitlines()) > 4
    assert any(row.startswith("studio-developer@1: ") for row in rows)


OPEN_TAGGING = {"Version": "2012-10-17", "Statement": [
    {"Sid": "Tags", "Effect": "Allow", "Action": "sagemaker:AddTags", "Resource": "*"}]}


def test_lint_names_the_hole_the_statement_and_the_fix(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "open.json").write_text(json.dumps(OPEN_TAGGING))
    (tmp_path / "fine.json").write_text(json.dumps(ALLOW[0]["document"]))
    done = policy("lint", str(tmp_path), "--output", "json")
    assert done.returncode == 2, done.stderr
    findings = json.loads(done.stdout)
    assert [finding["id"] for finding in findings] == ["open-tagging"]
    assert findings[0]["origin"].endswith("below/open.json") and findings[0]["statement"] == "Tags"
    text = policy("lint", str(tmp_path / "below" / "open.json"))
    assert text.returncode == 2 and "[open-tagging]" in text.stdout and "fix:" in text.stdout
    assert policy("lint", str(tmp_path / "fine.json")).returncode == 0


def test_lint_refuses_what_it_cannot_read(tmp_path):
    (tmp_path / "broken.json").write_text("{")
    for path in (tmp_path / "broken.json", tmp_path / "missing.json", tmp_path):
        done = policy("lint", str(path))
        assert done.returncode == 1, path
        assert ".json" in done.stderr


def test_lint_of_a_folder_goes_on_behind_what_it_cannot_read(tmp_path):
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_text(json.dumps(OPEN_TAGGING))
    (tmp_path / "c.json").write_text("[")
    done = policy("lint", str(tmp_path), "--output", "json")
    assert done.returncode == 1
    assert [finding["id"] for finding in json.loads(done.stdout)] == ["open-tagging"]
    assert "a.json" in done.stderr and "c.json" in done.stderr
    assert "2 of the files could not be linted" in done.stderr


def test_wrong_use():
    for arguments in (["decied"], [], ["lint"]):
        done = policy(*arguments)
        assert done.returncode == 64, arguments
    assert policy("test", "no-such-template@1").returncode == 1
