"""Everything that must hold of this package, in one run: `python check.py`.

The interpreter is one with the packages of requirements.txt. `GRANTD_BIN` names the server's binary; with `--server` its
absence is an error.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from importlib.metadata import entry_points
from pathlib import Path

HERE = Path(__file__).parent
VECTORS = HERE.parents[1] / "spec" / "vectors" / "generate.py"
PLACES = ["src", "tests", "examples", "bench", "check.py"]
HARD = ("cryptography", "cffi", "pycparser", "typing-extensions")


def run(name: str, *command: str) -> None:
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(HERE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=HERE, env=environment, check=False)
    print(f"{'ok' if done.returncode == 0 else 'FAILED':6} {time.monotonic() - began:5.1f} s  {name}", flush=True)
    if done.returncode != 0:
        sys.exit(1)


def locked(names: tuple[str, ...]) -> str:
    """The lines of requirements.txt that are about these packages."""
    text = (HERE / "requirements.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    return "\n".join(block for block in blocks if re.split(r"[=\[ ]", block)[0] in names)


def wheel() -> None:
    """Builds the wheel, and imports it where nothing else is installed."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        run("wheel", *pip, "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", directory, str(HERE))
        (place / "hard.txt").write_text(locked(HARD), encoding="utf-8")
        venv.create(place / "empty", with_pip=False)
        python = str(place / "empty" / "bin" / "python")
        into = [*pip, "--python", python, "install"]
        run("its dependencies", *into, "--require-hashes", "-r", str(place / "hard.txt"))
        run("installed", *into, "--no-deps", *map(str, place.glob("*.whl")))
        # The source must not be found beside it.
        code = (
            "import grantd, grantd.testing, importlib.metadata, pathlib\n"
            "assert importlib.metadata.entry_points(group='pytest11', name='grantd')\n"
            "assert 'empty' in grantd.__file__, grantd.__file__\n"
            "assert (pathlib.Path(grantd.__file__).parent / 'py.typed').exists()\n"
            "assert 'Apache License' in importlib.metadata.distribution('grantd').read_text('licenses/LICENSE')\n"
            "issuer = grantd.testing.FakeIssuer()\n"
            "checks = grantd.Verifier(issuer.issuer, issuer.audience, transport=issuer, clock=issuer.clock)\n"
            "assert checks.verify(issuer.mint()).subject == 'user-1'\n"
        )
        run("used", python, "-I", "-c", code)
        if os.environ.get("GRANTD_BIN"):
            first_snippet(python)


def first_snippet(python: str) -> None:
    """The README's first snippet, as pasted but for the port, where nothing but the wheel is installed."""
    command = [os.environ["GRANTD_BIN"], "dev", "--listen", "127.0.0.1:0", "--data", ":memory:", "-o", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            realm = json.loads(server.stdout.readline())["realms"][0]
            readme = (HERE / "README.md").read_text(encoding="utf-8")
            snippet = re.findall(r"```python\n(.*?)```", readme, re.S)[0].replace(
                "http://localhost:8400", realm["issuer"]
            )
            of = {client["client_id"]: client for client in realm["clients"]}
            os.environ["CLIENT_SECRET"] = of["nightly-export"]["client_secret"]
            run("the first snippet", python, "-I", "-c", snippet)
        finally:
            server.terminate()


def main() -> None:
    if "--server" in sys.argv and not os.environ.get("GRANTD_BIN"):
        sys.exit("GRANTD_BIN does not name the server's binary")
    python = sys.executable
    run("format", python, "-m", "ruff", "format", "--no-cache", "--check", "--quiet", *PLACES)
    run("lint", python, "-m", "ruff", "check", "--no-cache", "--quiet", *PLACES)
    run("types", python, "-m", "mypy", "--cache-dir", os.devnull)
    run("vectors", python, str(VECTORS), "--check")
    # An installed package brings its plugin along.
    installed = any(one.name == "grantd" for one in entry_points(group="pytest11"))
    run("tests", python, "-m", "pytest", *([] if installed else ["-p", "grantd.testing.plugin"]))
    run("bench, briefly", python, str(HERE / "bench" / "verify.py"), "0.1")
    wheel()


if __name__ == "__main__":
    main()
