"""`completion` in real shells, and the manual pages."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from e2e.support import ROOT
from e2e.test_command_line import commands, sagekeeper  # noqa: F401

MANUAL = ROOT / "docs" / "man"

#: (line so far, offered words, words that must not be offered)
CASES = [
    ("", {"validate", "plan", "apply", "permissions", "completion"}, {"internal-docs", "--output"}),
    ("pl", {"plan"}, {"apply"}),
    ("plan --out", {"--out", "--output"}, {"--yes", "--git"}),
    ("plan --output ", {"text", "json", "markdown"}, {"auto"}),
    ("validate --output ", {"text", "json"}, {"markdown"}),
    ("plan --color ", {"auto", "always", "never"}, set()),
    ("apply --y", {"--yes"}, set()),
    ("explain ", {"Team", "Domain", "Organization"}, {"iam_role"}),
    ("get ", {"iam_role", "sagemaker_domain"}, {"Team"}),
    ("get iam_p", {"iam_policy"}, {"iam_role"}),
    ("help pe", {"permissions"}, {"plan"}),
    ("policy ", {"actions", "decide", "lint", "test"}, {"Team"}),
    ("policy li", {"lint"}, {"actions"}),
    ("completion ", {"bash", "zsh", "fish"}, set()),
    ("plan fold", {"fold one/"}, {"fold.txt"}),
    ("apply fold", {"fold one/", "fold.txt"}, set()),
    ("plan --config fold", {"fold one/", "fold.txt"}, set()),
    ("plan --manifests fold", {"fold one/"}, {"fold.txt"}),
]
IDS = [line or "nothing" for line, _, _ in CASES]


@pytest.fixture
def script(sagekeeper, tmp_path):  # noqa: F811
    """Writes the script of a shell beside some files that can be completed."""
    (tmp_path / "fold one").mkdir()
    (tmp_path / "fold.txt").touch()

    def write(shell: str) -> Path:
        file = tmp_path / f"complete.{shell}"
        file.write_text(sagekeeper("completion", shell).expect(0).out)
        subprocess.run([shell, "-n", str(file)], check=True, timeout=60)
        return file
    return write


def run(tmp_path: Path, *command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path, env={
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "dumb"})
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def bash_offers(script, tmp_path: Path, *words: str) -> list[str]:
    return run(tmp_path, "bash", "--noprofile", "--norc", "-c", f"""
        source {shlex.quote(str(script("bash")))}
        COMP_WORDS=(sagekeeper {" ".join(map(shlex.quote, words))}) COMP_CWORD={len(words)}
        _sagekeeper
        printf '%s\\n' "${{COMPREPLY[@]}}" """).splitlines()


@pytest.mark.parametrize("words, offered", [
    (("plan", "--output", "="), ["text", "json", "markdown"]),
    (("plan", "--output", "=", "m"), ["markdown"]),
    (("plan", "--manifests", "=", "fold"), ["fold one"]),
    (("plan", "--delete-limit", "=", "1"), [""]),
])
def test_bash_value_behind_an_equals_sign(script, tmp_path, words, offered):
    """bash takes the word apart at the sign."""
    assert bash_offers(script, tmp_path, *words) == offered


@pytest.mark.parametrize("line, offered, others", CASES, ids=IDS)
def test_bash(script, tmp_path, line, offered, others):
    words = line.split(" ")
    offers = bash_offers(script, tmp_path, *words)
    found = {offer + "/" if (tmp_path / offer).is_dir() and offer else offer for offer in offers}
    assert offered <= found and not others & found
    assert all(offer.startswith(words[-1]) for offer in offers)


@pytest.mark.parametrize("line, offered, others", CASES, ids=IDS)
def test_fish(script, tmp_path, line, offered, others):
    out = run(tmp_path, "fish", "--no-config", "-c",
              f"source {script('fish')}; complete -C {shlex.quote('sagekeeper ' + line)}")
    found = {offer.split("\t")[0].replace("\\ ", " ") for offer in out.splitlines()}
    if line.split(" ")[-1]:  # fish also offers what holds the word somewhere
        found = {offer for offer in found if offer.startswith(line.split(" ")[-1])}
    assert offered <= found and not others & found


class Zsh:
    """An interactive zsh on a terminal of its own."""

    def __init__(self, folder: Path, file: Path) -> None:
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8",
                                                     "TERM": "vt100", "COLUMNS": "200", "LINES": "60"})
        self.pid = pid
        self.send(f"PS1=; unsetopt beep list_beep list_ambiguous; setopt auto_list; unsetopt auto_menu; autoload -U compinit; "
                  f"compinit -u -D; source {shlex.quote(str(file))}; stty cols 200 rows 60; echo rea''dy\n")
        assert "ready" in self.read("ready")

    def send(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def read(self, *until: str) -> str:
        """What comes, at least until all of it came; then until nothing more comes."""
        seen, end = "", time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                seen += os.read(self.terminal, 65536).decode(errors="replace")
                # Control sequences, padding, and what protects spaces.
                seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|[\r\x00\\]", "", seen)
            elif all(word in seen for word in until):
                break
        return seen

    def offers(self, line: str, *until: str) -> str:
        self.send(f"sagekeeper {line}\t")
        seen = self.read(*until)
        self.send("\x15")
        self.read()
        return seen

    def close(self) -> None:
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def test_zsh(script, tmp_path):
    shell = Zsh(tmp_path, script("zsh"))
    try:
        for line, offered, others in CASES:
            last = line.split(" ")[-1]
            # A single offer is put into the line at once, its beginning is there already.
            words = {word.rstrip("/") for word in offered} if len(offered) > 1 else {
                word.removeprefix(last).rstrip("/") for word in offered}
            seen = shell.offers(line, *words)
            assert all(word in seen for word in words), (line, words, seen)
            for word in others:
                assert not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", seen), (line, word, seen)
    finally:
        shell.close()


def test_unknown_shell(sagekeeper):  # noqa: F811
    assert "expected bash, zsh or fish; did you mean 'zsh'?" in sagekeeper("completion", "zhs").expect(64).err
    sagekeeper("completion").expect(64)


# manual pages


def test_manual_is_up_to_date(sagekeeper, tmp_path):  # noqa: F811
    """`sagekeeper internal-man docs/man` brings it up to date."""
    sagekeeper("internal-man", str(tmp_path)).expect(0)
    names = {page.name for page in tmp_path.glob("*.1")}
    assert names == {"sagekeeper.1"} | {f"sagekeeper-{command}.1" for command in commands(sagekeeper)}
    assert names == {page.name for page in MANUAL.iterdir()}
    for name in names:
        assert (tmp_path / name).read_text() == (MANUAL / name).read_text(), name


def test_manual_needs_a_folder(sagekeeper, tmp_path):  # noqa: F811
    sagekeeper("internal-man").expect(64)
    assert "cannot" in sagekeeper("internal-man", str(tmp_path / "none")).expect(1).err


def formatted(page: Path) -> str:
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-c", str(page)], capture_output=True, text=True,
                          timeout=60, check=True)
    assert done.stderr == "", done.stderr
    return re.sub(r".\x08", "", done.stdout)


def test_manual_shows_what_help_shows(sagekeeper):  # noqa: F811
    for command in commands(sagekeeper):
        text = formatted(MANUAL / f"sagekeeper-{command}.1")
        flags = set(re.findall(r"^  (--[a-z-]+)", sagekeeper(command, "--help").out, re.M))
        assert flags and flags <= set(re.findall(r"^ +(--[a-z-]+)", text, re.M)), command
        assert "EXIT STATUS" in text
        assert f"sagekeeper-{command}(1)" in formatted(MANUAL / "sagekeeper.1")
    assert "KIND[.FIELD…]" in formatted(MANUAL / "sagekeeper-explain.1")
