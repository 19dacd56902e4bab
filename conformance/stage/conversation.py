"""How a suite drives a client program in whatever language. The program gets one JSON object, the scene, as the first
line of its standard input, and writes one JSON object a line:

    {"visit": URL, "until": ADDRESS}    a person opens it, logs in and allows; the reply is {"arrived": URL}, the first one
                                        that begins with the address, or without it that of a page that asks no more
    {"visit": .., "decision": "deny"}   the same person says no
    {"visit": .., "again": true}        in the browser of the visit before, where the person is logged in
    {"passed": NAME}                    a scenario went as it should
    {"failed": NAME, "why": TEXT}       or not
    {"finished": COUNT}                 the last line: how many scenarios there were

The person is the browser of the platform suites: forms, cookies, no screen."""

import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

import keys
from browser import Browser

#: How long a whole program may take, seconds; a limit against hanging, not a measure.
LIMIT = 240


STAGE = pathlib.Path(__file__).resolve().parent


class ProgramTest(unittest.TestCase):
    """Tests that are programs. A class sets `user`, who answers for them, and `key`, whose public half a client named
    `signer` is registered with."""

    #: Where programs in Python find their modules, beside the stage.
    MODULES = STAGE

    def converse(self, command, **scene):
        """Runs a program; each scenario that failed is a failure of its own."""
        scene["keys"] = {"signer": keys.jwk(self.key), "signer_pem": keys.pem(self.key)}
        environment = os.environ | {"STAGE": str(STAGE), "PYTHONPATH": f"{STAGE}{os.pathsep}{self.MODULES}"}
        for name, why in Conversation(self.user).run(command, scene, environment).items():
            with self.subTest(name):
                if why:
                    self.fail(why)


class Conversation:
    """A program that is being driven."""

    def __init__(self, user):
        self.user = user
        self.browser = None

    def run(self, command, scene, environment):
        """Runs a program to its end: the names of its scenarios, each with `None` or why it failed."""
        with tempfile.TemporaryFile("w+") as errors:
            program = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
            )
            guard = threading.Timer(LIMIT, program.kill)
            guard.start()
            try:
                outcomes, finished = self._converse(program, scene)
                program.stdin.close()
                code = program.wait()
            finally:
                guard.cancel()
                program.kill()
                program.wait()
                program.stdout.close()
            errors.seek(0)
            said = errors.read()[-4000:]
        if finished != len(outcomes) or not outcomes:
            raise AssertionError(f"ended with {code} after {sorted(outcomes)}: {said}")
        return {name: why and f"{why}\n{said}" for name, why in outcomes.items()}

    def _converse(self, program, scene):
        outcomes = {}
        self._say(program, scene)
        for line in program.stdout:
            message = json.loads(line)
            if "visit" in message:
                self._say(program, self._visit(message))
            elif "passed" in message:
                outcomes[message["passed"]] = None
            elif "failed" in message:
                outcomes[message["failed"]] = message["why"]
            elif "finished" in message:
                return outcomes, message["finished"]
        return outcomes, None

    def _visit(self, message):
        if not message.get("again"):
            self.browser = Browser()
        try:
            until = f"{message['until']}?" if message.get("until") else None
            decision = message.get("decision", "allow")
            arrived = self.browser.walk(message["visit"], self.user, until, decision=decision)
        except AssertionError as problem:
            return {"stuck": str(problem)[:2000]}
        return {"arrived": arrived}

    @staticmethod
    def _say(program, message):
        try:
            program.stdin.write(json.dumps(message) + "\n")
            program.stdin.flush()
        except BrokenPipeError:
            # It ended; what it said until then is judged by the caller.
            pass
