"""The quick-start's story: the reference scenario as a Git repository, against a local AWS.

Called by script/quickstart, which installs and builds first. Each step is a command that a person
could type; the environment that the commands run in is printed with --keep.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from cloud.client import Cloud  # noqa: E402

ACCOUNT = "123456789012"  # the account that manifests/quickstart names
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


class StepFailed(Exception):
    """A command ended with another code than the story needs."""


def heading(text: str) -> None:
    print(f"\n{BOLD}== {text}{PLAIN}", flush=True)


class Story:
    def __init__(self, program: Path, folder: Path, cloud: Cloud) -> None:
        self.program = program
        self.repository = folder / "platform"
        self.cloud = cloud
        self.environment = os.environ | cloud.environment(ACCOUNT) | {
            "SAGEKEEPER_STATE": str(folder / "state"),
            "SAGEKEEPER_SETTLE_INTERVAL": "200ms",
            "SAGEKEEPER_RATE_FACTOR": "10",  # the local AWS does not throttle
            # Nothing of this machine's own AWS configuration takes part.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def make_repository(self) -> None:
        shutil.copytree(ROOT / "manifests" / "quickstart", self.repository)
        git = ["git", "-C", str(self.repository), "-c", "user.name=quickstart",
               "-c", "user.email=quickstart@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", "teams: add team1 and team2"], check=True)

    def run(self, *arguments: str, expected: int) -> None:
        command = ["sagekeeper", *arguments, "--git", str(self.repository), "--ref", "main"]
        print(f"{DIM}$ {shlex.join(command)}{PLAIN}", flush=True)
        code = subprocess.run([str(self.program), *command[1:]], env=self.environment,
                              check=False).returncode
        print(f"{DIM}(exit code {code}){PLAIN}", flush=True)
        if code != expected:
            raise StepFailed(f"{shlex.join(command)} ended with {code}, not {expected}")

    def change_by_hand(self) -> None:
        iam = self.cloud.boto3("iam", account=ACCOUNT)
        role = next(role["RoleName"] for role in iam.list_roles()["Roles"]
                    if role["RoleName"].endswith("team2"))
        print(f"{DIM}$ aws iam attach-role-policy --role-name {role} "
              f"--policy-arn arn:aws:iam::aws:policy/AdministratorAccess{PLAIN}")
        iam.attach_role_policy(RoleName=role,
                               PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def tell(story: Story) -> None:
    heading("1. The desired state: two teams, two users, as a Git repository")
    for path in sorted(story.repository.rglob("*.yaml")):
        print("  " + str(path.relative_to(story.repository)))
    story.run("validate", expected=0)
    heading("2. The plan: every API call, before anything is done")
    story.run("plan", expected=2)
    heading("3. Apply, and plan again: nothing is left to do")
    story.run("apply", "--yes", expected=0)
    story.run("plan", expected=0)
    heading("4. Somebody makes team2 an administrator by hand: drift")
    story.change_by_hand()
    story.run("drift", expected=2)
    heading("5. The controller's next cycle takes it back")
    story.run("run", "--once", "--mode", "enforce", expected=0)
    story.run("drift", expected=0)


def say_next(story: Story, keep: bool) -> None:
    heading("What to try next")
    if not keep:
        print("  script/quickstart --keep   leaves the local AWS and the repository to play with")
    print("  manifests/quickstart/README.md   what each file says")
    print("  docs/guide/                      guard, approvals, CI, adding a kind")
    print("  script/test                      all tests")


def keep_running(story: Story, folder: Path) -> None:
    print(f"\nThe local AWS runs until you press Ctrl-C. In another shell:\n")
    for name, value in story.cloud.environment(ACCOUNT).items():
        print(f"  export {name}={value}")
    print(f"  export SAGEKEEPER_STATE={folder / 'state'}")
    print(f"  cd {story.repository}   # edit, commit, then:")
    print(f"  {story.program.resolve()} plan --git .", flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the quick-start against a local AWS.")
    parser.add_argument("--program", type=Path, required=True, help="the sagekeeper to run")
    parser.add_argument("--keep", action="store_true", help="leave the local AWS running")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sagekeeper-quickstart-"))
    try:
        with Cloud("--account", ACCOUNT) as cloud:
            story = Story(options.program, folder, cloud)
            story.make_repository()
            tell(story)
            say_next(story, options.keep)
            if options.keep:
                keep_running(story, folder)
    except StepFailed as failure:
        print(f"quickstart: {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
