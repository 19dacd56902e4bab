"""Clients of the platforms that are not Python: curl, and Node's fetch."""

import base64
import hashlib
import json
import os
import secrets
import subprocess

NODE = os.environ["PLATFORM_NODE"]


def pkce():
    """A verifier and its challenge."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def curl(*arguments):
    """Status and body of one request."""
    command = ["curl", "-s", "-w", "\n%{http_code}", *arguments]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    body, _, status = output.rpartition("\n")
    return int(status), body


def fetch(requests):
    """Sends requests one after the other with Node's fetch; `{"status", "headers", "body"}` of each."""
    command = ["node", os.path.join(NODE, "fetch.mjs")]
    done = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)
