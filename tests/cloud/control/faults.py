"""Faults to inject: which requests they meet, and what then happens to them.

A rule names an operation and an occurrence. Each request that matches is counted by the rule; the
first rule that fires decides what happens to the request.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

KINDS = ("fail", "throttle", "deny", "delay", "drop_before", "drop_after", "truncate", "double", "late", "hold")
STAGES = ("receipt", "effect", "answer")

#: A held request goes on by itself after this long, so that a broken test cannot hang for ever.
_HOLD_LIMIT_SECONDS = 120.0


@dataclass
class Rule:
    id: int
    kind: str
    service: str = "*"
    operation: str = "*"
    account: str = ""
    region: str = ""
    occurrence: Any = "next"  # a number from 1, "next" (the first one) or "every"
    code: str = "InternalFailure"  # fail
    status: int = 500  # fail
    message: str = "injected failure"
    after: bool = False  # fail: only once the effect has happened
    ms: float = 0.0  # delay, late
    stage: str = "receipt"  # hold
    then: str = "go"  # hold: "go" on, or "drop" the connection, when released
    seen: int = 0
    fired: int = 0
    waiting: int = 0
    gate: str = ""  # hold at "answer": the user agent whose later requests wait
    released: threading.Event = field(default_factory=threading.Event, repr=False)

    def matches(self, service: str, operation: str, account: str, region: str) -> bool:
        return (self.service in ("*", service) and self.operation in ("*", operation)
                and self.account in ("", account) and self.region in ("", region))

    def view(self) -> dict[str, Any]:
        values = {name: value for name, value in vars(self).items() if name != "released"}
        return values | {"is_released": self.released.is_set()}


class FaultTable:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._next = 1

    def add(self, values: dict[str, Any]) -> Rule:
        """A rule from the control call's JSON; ValueError when it makes no sense."""
        unknown = set(values) - set(Rule.__dataclass_fields__) - {"id"}
        if unknown or values.keys() & {"id", "seen", "fired", "waiting", "gate", "released"}:
            raise ValueError(f"a fault has no {sorted(unknown) or 'such member'}")
        if values.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if values.get("stage", "receipt") not in STAGES:
            raise ValueError(f"stage must be one of {', '.join(STAGES)}")
        occurrence = values.get("occurrence", "next")
        if occurrence not in ("next", "every") and not (isinstance(occurrence, int) and occurrence > 0):
            raise ValueError('occurrence must be a number from 1, "next" or "every"')
        with self._lock:
            rule = Rule(id=self._next, **values)
            self._next += 1
            self._rules.append(rule)
            return rule

    def meet(self, service: str, operation: str, account: str, region: str) -> Rule | None:
        """Count this request in every rule that matches it; the first that fires, if any."""
        chosen = None
        with self._lock:
            for rule in self._rules:
                if not rule.matches(service, operation, account, region):
                    continue
                rule.seen += 1
                wanted = 1 if rule.occurrence == "next" else rule.occurrence
                if chosen is None and (wanted == "every" or rule.seen == wanted):
                    chosen = rule
                    rule.fired += 1
        return chosen

    def wait(self, rule: Rule, seconds: float = _HOLD_LIMIT_SECONDS) -> None:
        with self._lock:
            rule.waiting += 1
        rule.released.wait(seconds)
        with self._lock:
            rule.waiting -= 1

    def close_gate(self, rule: Rule, user_agent: str) -> None:
        """From now on every request of this client waits, until the rule is released."""
        with self._lock:
            rule.gate = user_agent

    def answered(self, rule: Rule) -> None:
        """The answer is on its way: the moment a test waits for."""
        with self._lock:
            rule.waiting += 1

    def closed_gate(self, user_agent: str) -> Rule | None:
        """The rule behind whose gate a request of this client has to wait."""
        with self._lock:
            for rule in self._rules:
                if rule.gate and rule.gate == user_agent and not rule.released.is_set():
                    return rule
        return None

    def release(self, rule_id: int | None) -> int:
        """Let go what one rule (or every rule) holds; how many rules were released."""
        with self._lock:
            chosen = [rule for rule in self._rules if rule_id in (None, rule.id)]
        for rule in chosen:
            rule.released.set()
        return len(chosen)

    def remove(self, rule_id: int) -> bool:
        with self._lock:
            before = len(self._rules)
            for rule in self._rules:
                if rule.id == rule_id:
                    rule.released.set()
            self._rules = [rule for rule in self._rules if rule.id != rule_id]
            return len(self._rules) < before

    def reset(self) -> None:
        with self._lock:
            rules, self._rules = self._rules, []
        for rule in rules:
            rule.released.set()

    def view(self) -> list[dict[str, Any]]:
        with self._lock:
            return [rule.view() for rule in self._rules]
