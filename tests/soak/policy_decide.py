#!/usr/bin/env python3
"""`policy decide` on a long stream of valid and broken lines: every line gets its answer, in order, and the
memory of the process stays flat."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measure import machine, table  # noqa: E402
from e2e.support import program  # noqa: E402

ACCOUNT = "111122223333"
ACTIONS = ["s3:GetObject", "s3:PutObject", "sagemaker:CreateApp", "sagemaker:AddTags", "kms:Decrypt", "sts:AssumeRole"]
PATTERNS = ["s3:*", "*", "sagemaker:Create*", "sagemaker:AddTags", "kms:?ecrypt", "sts:Assume*"]
RESOURCES = ["arn:aws:s3:::team-a/x", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:app/d-1/u/JupyterServer/default",
             f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k", f"arn:aws:iam::{ACCOUNT}:role/r", "*"]
OPERATORS = ["StringEquals", "StringLike", "ForAnyValue:StringEquals", "ForAllValues:StringLike", "Null", "Bool",
             "IpAddress", "NumericLessThan", "DateGreaterThanIfExists", "ArnLike"]
KEYS = ["aws:PrincipalTag/Team", "aws:ResourceTag/Team", "aws:RequestTag/Team", "aws:TagKeys", "aws:SourceIp", "a:n"]
VALUES = ["a", "b", "${aws:PrincipalTag/Team}", "true", "10.0.0.0/8", "7", "2026-01-01", "arn:aws:s3:::*", "*a*a*b"]
#: Lines sent before memory is called warm, as a part of all, and what it may grow by afterwards.
WARM = 0.2
GROWTH_KIB = 1024
SAMPLE_EVERY = 2000


class Lines:
    """A seeded mixture; counts what it made."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made: dict[str, int] = {}
        self.kinds = {"valid": (12, self.valid), "no JSON": (2, self.garbage), "cut off": (2, self.cut),
                      "wrong types": (2, self.wrong), "broken policy": (2, self.broken), "empty": (1, lambda: b""),
                      "NUL and invalid UTF-8": (1, self.bytes), "deeply nested": (0.2, self.deep),
                      "over the bound": (0.002, lambda: b'"' + b"x" * (4 * 1024 * 1024 + 9))}

    def some(self, values: list[str]) -> str | list[str]:
        picked = self.random.choices(values, k=self.random.randint(1, 3))
        return picked if len(picked) > 1 else picked[0]

    def document(self) -> dict:
        def statement() -> dict:
            made: dict = {"Effect": self.random.choice(["Allow", "Allow", "Deny"]), "Action": self.some(PATTERNS),
                          "Resource": self.some([*RESOURCES, "arn:aws:s3:::${aws:PrincipalTag/Team, 'team-a'}/*"])}
            if self.random.random() < 0.5:
                made["Condition"] = {self.random.choice(OPERATORS): {self.random.choice(KEYS): self.some(VALUES)}}
            return made
        return {"Version": "2012-10-17", "Statement": [statement() for _ in range(self.random.randint(1, 6))]}

    def question(self) -> dict:
        question = {"id": self.random.randrange(10**9), "action": self.random.choice(ACTIONS),
                    "principal": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", "tags": {"Team": "a"}},
                    "resource": {"arn": self.random.choice(RESOURCES), "account": ACCOUNT, "tags": {"Team": "b"}},
                    "context": {self.random.choice(KEYS): self.some(VALUES)},
                    "identityPolicies": [{"name": f"p{i}", "document": self.document()}
                                         for i in range(self.random.randint(1, 4))]}
        for layer, value in (("permissionBoundary", self.document), ("sessionPolicies", lambda: [self.document()]),
                             ("serviceControlPolicies", lambda: [[self.document()], [self.document()]])):
            if self.random.random() < 0.3:
                question[layer] = value()
        return question

    def valid(self) -> bytes:
        return json.dumps(self.question()).encode()

    def garbage(self) -> bytes:
        return bytes(self.random.choices(range(32, 127), k=self.random.randint(1, 200)))

    def cut(self) -> bytes:
        line = self.valid()
        return line[:self.random.randrange(1, len(line))]

    def wrong(self) -> bytes:
        question = self.question()
        question[self.random.choice(sorted(question))] = self.random.choice([None, 7, [], {}, "x", True, [[]]])
        return json.dumps(question).encode()

    def broken(self) -> bytes:
        question = self.question()
        statement = question["identityPolicies"][0]["document"]["Statement"][0]
        statement[self.random.choice(["Effect", "Action", "Resource", "Condition"])] = self.random.choice(
            [None, 7, {"a": "b"}, [[]], "x" * 40_000])
        return json.dumps(question).encode()

    def bytes(self) -> bytes:
        line = bytearray(self.valid())
        for _ in range(3):
            line[self.random.randrange(len(line))] = self.random.choice([0, 0xff, 0xc0, 0x80])
        return bytes(line)

    def deep(self) -> bytes:
        return b'{"id":' + b"[" * self.random.randrange(10, 100_000)

    def next(self) -> bytes:
        name = self.random.choices(list(self.kinds), weights=[weight for weight, _ in self.kinds.values()])[0]
        self.made[name] = self.made.get(name, 0) + 1
        return self.kinds[name][1]()


@dataclass
class Outcome:
    decided: dict[str, int] = field(default_factory=dict)
    memory_kib: list[int] = field(default_factory=list)  # resident, sampled while it runs
    wrong: list[str] = field(default_factory=list)
    code: int = 0


def resident_kib(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def trial(lines: Lines, count: int, sample_every: int = SAMPLE_EVERY) -> Outcome:
    outcome = Outcome()
    process = subprocess.Popen([program(), "policy", "decide"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    expected: list[object] = []

    def feed() -> None:
        try:
            for _ in range(count):
                line = lines.next()
                expected.append(id_of(line))
                process.stdin.write(line + b"\n")
        except BrokenPipeError:
            pass  # it ended early: the answers will be too few
        finally:
            process.stdin.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    for number, text in enumerate(process.stdout):
        answer = json.loads(text)
        what = answer.get("decision", "error")
        outcome.decided[what] = outcome.decided.get(what, 0) + 1
        if ("decision" in answer) == ("error" in answer) or answer.get("id") != expected[number]:
            outcome.wrong.append(f"line {number + 1}: {text[:200]!r}")
        if number % sample_every == 0:
            outcome.memory_kib.append(resident_kib(process.pid))
    feeder.join()
    outcome.code = process.wait()
    answered = sum(outcome.decided.values())
    if answered != count or outcome.code != 0:
        outcome.wrong.append(f"{answered} answers to {count} lines, exit code {outcome.code}")
    warm = outcome.memory_kib[int(len(outcome.memory_kib) * WARM):]
    if warm and max(warm) - warm[0] > GROWTH_KIB:
        outcome.wrong.append(f"memory grew from {warm[0]} to {max(warm)} KiB")
    return outcome


def id_of(line: bytes) -> object:
    """The id that the answer must carry: the question's, when it is JSON at all."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value.get("id") if isinstance(value, dict) else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/soak policy-decide --", description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options, _ = parser.parse_known_args()
    print(f"### policy decide\n\nSeed {options.seed}. {machine()}.\n", flush=True)
    lines = Lines(options.seed)
    began = time.monotonic()
    outcome = trial(lines, options.lines)
    took = time.monotonic() - began
    table(["line", "times"], [[name, f"{times:,}"] for name, times in sorted(lines.made.items())])
    table(["answer", "times"], [[name, f"{times:,}"] for name, times in sorted(outcome.decided.items())])
    memory = outcome.memory_kib
    table(["figure", ""], [["lines a second", f"{options.lines / took:,.0f}"],
                           ["resident memory at the start", f"{memory[0]:,} KiB"],
                           [f"after {WARM:.0%} of the lines", f"{memory[int(len(memory) * WARM)]:,} KiB"],
                           ["most behind that", f"{max(memory[int(len(memory) * WARM):]):,} KiB"],
                           ["at the end", f"{memory[-1]:,} KiB"], ["wrong", str(len(outcome.wrong))]])
    for line in outcome.wrong[:20]:
        print(line, file=sys.stderr)
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
