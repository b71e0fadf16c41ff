"""The program: options, start, the line that says it is ready, and a clean end."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from . import settings as settings_module
from .wire.front import Front
from .world import DEFAULT_ACCOUNT, World


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        world = World(settings_module.from_flags(options), options.account)
    except ValueError as error:
        print(f"local AWS: {error}", file=sys.stderr)
        return 64
    root = world.credentials.add_root(options.account, options.access_key_id, options.secret_access_key)
    front = Front(world, options.port)
    endpoint = f"http://127.0.0.1:{front.server_port}"
    for name in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the serving loop, so it cannot run in the handler itself.
        signal.signal(name, lambda *_: threading.Thread(target=front.shutdown, daemon=True).start())
    if options.end_with_stdin:
        threading.Thread(target=_end_with_stdin, args=(front,), daemon=True).start()
    if options.port_file:
        _write_whole(Path(options.port_file), f"{front.server_port}\n")
    ready = {"endpoint": endpoint, "control": f"{endpoint}/_control/", "account": root.account,
             "access_key_id": root.access_key_id, "secret_access_key": root.secret_access_key, "pid": os.getpid()}
    print(json.dumps(ready), flush=True)
    front.serve_forever(poll_interval=0.05)
    world.faults.reset()
    front.server_close()
    return 0


def _end_with_stdin(front: Front) -> None:
    """Stop when whoever started this has gone and so closed the pipe."""
    while os.read(0, 4096):
        pass
    front.shutdown()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="server.py", description="A local AWS for tests, on 127.0.0.1 only.")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one (%(default)s)")
    parser.add_argument("--port-file", default="", help="where to write the port once it is open")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT, help="account of the first key (%(default)s)")
    parser.add_argument("--access-key-id", default="", help="fixes the first key; random otherwise")
    parser.add_argument("--secret-access-key", default="", help="fixes its secret; random otherwise")
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input closes")
    settings_module.add_flags(parser)
    return parser.parse_args(arguments)


def _write_whole(path: Path, text: str) -> None:
    """Write so that a reader sees either nothing or all of it."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)
