"""A controller that runs, driven by signals and watched through its status file and its log."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any, Callable

from cloud.client import wait_until
from e2e.support import Scenario, program

#: Nothing takes this long; only a test that fails waits for it.
SECONDS = 240
#: Outcomes after which the next cycle follows by itself, soon.
GOES_ON = ("applied", "waiting")


class Daemon:
    """`sagekeeper run` with an interval that never passes: cycles begin when they are asked for."""

    def __init__(self, scenario: Scenario, *arguments: str, source: list[str] | None = None,
                 mode: str | None = "enforce", interval: str | None = "1d",
                 env: dict[str, str] | None = None) -> None:
        self.scenario, self.state = scenario, scenario.state
        self.log_file = scenario.folder / f"daemon-{len(list(scenario.folder.glob('daemon-*')))}.log"
        where = source or ["--git", str(scenario.repository), "--ref", "main"]
        given = {"--mode": mode, "--interval": interval}
        flags = [word for flag, value in given.items() if value for word in (flag, value)]
        command = [str(program()), "run", *flags, *where, *arguments]
        with self.log_file.open("w") as log:
            self.process = subprocess.Popen(command, env=scenario.environment("run", **(env or {})), stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=log)

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.scenario.check_sanitizers(self.log_file.read_text())

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.send(number)
        return self.process.wait(SECONDS)

    def status(self) -> dict[str, Any]:
        """Of this process; empty before it wrote any."""
        path = self.state / "status.json"
        status = json.loads(path.read_text()) if path.exists() else {}
        return status if status.get("holder", {}).get("pid") == self.process.pid else {}

    def wait(self, check: Callable[[dict[str, Any]], Any], what: str = "") -> dict[str, Any]:
        """The first status for which `check` holds."""
        def look() -> dict[str, Any] | None:
            assert self.process.poll() is None, self.log_file.read_text()[-6000:]
            status = self.status()
            return status if status and check(status) else None
        try:
            return wait_until(look, SECONDS)
        except Exception as late:
            raise AssertionError(f"{what}: {json.dumps(self.status(), indent=1)}\n"
                                 f"{self.log_file.read_text()[-6000:]}") from late

    def rest(self, after: int = 0) -> dict[str, Any]:
        """The status when it pauses until asked again, with a cycle later than number `after` ended."""
        return self.wait(lambda status: "running" not in status and "nextRunAt" in status
                         and status["cycle"]["number"] > after
                         and status["cycle"]["outcome"] not in GOES_ON, "it rests")

    def cycle(self) -> dict[str, Any]:
        """Asks for a cycle now; the status when it and what follows by itself is over."""
        number = self.rest()["cycle"]["number"]
        self.send(signal.SIGUSR1)
        return self.rest(after=number)

    def log(self, **wanted: Any) -> list[dict[str, Any]]:
        """Lines with these members."""
        lines = [json.loads(line) for line in self.log_file.read_text().splitlines()]
        return [line for line in lines if all(line.get(key) == value for key, value in wanted.items())]

    def children(self) -> list[Path]:
        """Processes that it started and that run."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.process.pid and fields[0] != "Z":
                found.append(path.parent)
        return found
