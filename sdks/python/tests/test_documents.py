"""What the README and the examples say works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from examples.api import make_app
from examples.vendor import Acme

from grantd import InsufficientScopeError, TokenManager
from grantd.testing import FakeIssuer

from .conftest import Server, listening

HERE = Path(__file__).parents[1]
SNIPPETS = re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text(encoding="utf-8"), re.S)


def test_the_first_snippet_runs_as_pasted(server: Server) -> None:
    # The server under test has another port than the one that people start.
    pasted = SNIPPETS[0].replace("http://localhost:8400", server.issuer)
    environment = {**os.environ, "CLIENT_SECRET": server.secret("nightly-export")}
    done = subprocess.run(
        [sys.executable, "-c", pasted], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "nightly-export invoices:read\n"), done.stderr


def test_every_snippet_runs(monkeypatch: pytest.MonkeyPatch, grantd_issuer: FakeIssuer) -> None:
    monkeypatch.setenv("CLIENT_SECRET", "secret")
    # What the first one left behind.
    tokens = TokenManager("https://id.example.com", "nightly-export", "secret")
    known: dict[str, Any] = {"__name__": "readme", "os": os, "TokenManager": TokenManager, "tokens": tokens}
    for snippet in SNIPPETS[1:]:
        exec(compile(snippet, "README.md", "exec"), known)
    known["client"].close()
    known["test_an_expired_token_is_refused"](grantd_issuer, grantd_issuer.clock)


def test_the_package_has_what_its_readme_names_and_the_repositorys_license() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    assert not re.findall(r"\]\((?!https?://)", readme), "a link to a file leads nowhere from a package"
    assert (HERE / "LICENSE").read_bytes() == (HERE.parents[1] / "LICENSE").read_bytes()


def test_the_readme_names_every_extra() -> None:
    _, _, rest = (HERE / "pyproject.toml").read_text(encoding="utf-8").partition("[project.optional-dependencies]\n")
    extras = re.findall(r"^(\w+) = ", rest.partition("\n\n")[0], re.M)
    named = re.search(r"by name\n\((.*?)\):\n", (HERE / "README.md").read_text(encoding="utf-8"))
    assert named is not None
    assert [*re.findall(r"`(\w+)`", named.group(1)), "testing"] == extras


def test_the_vendors_client_calls_the_api(server: Server) -> None:
    with listening(make_app(server.issuer, server.audience)) as port:
        where = {"issuer": server.issuer, "api": f"http://127.0.0.1:{port}"}
        secret = server.secret("nightly-export")
        with Acme("nightly-export", secret, ["customers:*"], **where) as client:
            assert client.customers.create("Bob Example") == {"name": "Bob Example"}
            assert [one["name"] for one in client.customers.list()] == ["Ada Example", "Bob Example"]
        with Acme("nightly-export", secret, ["customers:read"], **where) as client:
            with pytest.raises(InsufficientScopeError) as error:
                client.customers.create("Nobody")
        assert error.value.scopes == ("customers:write",)


def test_every_scenario_has_its_test() -> None:
    table = (HERE.parents[1] / "spec" / "vectors" / "scenarios.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| `(\w+)` \| (server|fake) \| .+ \|$", table, re.M)
    # Every row of the tables but their two heads, so that none is passed over because of how it is written.
    assert len(names) == len(re.findall(r"^\|", table, re.M)) - 2 * 2 > 30
    against_server = (HERE / "tests" / "test_server.py").read_text(encoding="utf-8")
    others = [path for path in (HERE / "tests").glob("test_*.py") if path.name != "test_server.py"]
    against_fake = "".join(path.read_text(encoding="utf-8") for path in others)
    for name, where in names:
        assert f"def test_{name}(" in (against_server if where == "server" else against_fake), name
