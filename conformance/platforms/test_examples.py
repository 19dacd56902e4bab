"""What stands in the examples' headers and in the guide works as pasted, at the usual port."""

import os
import re
import subprocess
import unittest

import httpx

from browser import Browser
from server import EXAMPLES, GRANTD, ROOT, Server

GUIDE = ROOT / "docs" / "guide" / "platforms.md"


def commands(text, begin):
    """The lines of a text that begin with this, without the comment sign."""
    lines = (re.sub(r"^[#\s]+", "", line) for line in text.splitlines())
    return [line for line in lines if line.startswith(begin)]


def moved(command, port):
    return command.replace(":8400", f":{port}")


class Examples(unittest.TestCase):
    """Each example is served by itself, for as long as its test needs it."""

    def served(self, file):
        server = Server(file.stem)
        self.addCleanup(server.stop)
        return server, httpx.URL(server.ready["realms"][0]["issuer"]).port

    def each(self):
        files = sorted(EXAMPLES.glob("*.toml"))
        self.assertEqual(len(files), 6)
        for file in files:
            with self.subTest(file.stem):
                yield file, *self.served(file)

    def test_the_lines_of_curl_in_each_header_work_as_pasted(self):
        for file, _, port in self.each():
            lines = commands(file.read_text(), "curl ")
            self.assertEqual(len(lines), 3, file.name)
            for line in lines:
                done = subprocess.run(moved(line, port), shell=True, capture_output=True, text=True, timeout=30)
                self.assertEqual(done.returncode, 0, line)
                good = done.stdout.strip() == "200" or re.search(r'"(access_?token|issuer|keys|resource)"', done.stdout, re.I)
                # One line shows a refusal.
                shown = '"error":"invalid_request"' in done.stdout and '"client_secret":1' in line
                self.assertTrue(good or shown, f"{file.name}: {line}\n{done.stdout}")

    def test_whoever_runs_a_realm_gets_into_its_console_and_nobody_else_does(self):
        for file, server, _ in self.each():
            self.assertIn("[[operators]]", file.read_text())
            realm = server.ready["realms"][0]
            console = realm["console"]
            self.assertEqual(server.ready["console"], console)
            person = Browser()
            self.assertEqual(person.walk(console["url"], console), console["url"])
            self.assertEqual(person.send("GET", console["url"]).status_code, 200)
            with self.assertRaisesRegex(AssertionError, "^403 "):
                Browser().walk(console["url"], realm["users"][0])

    def test_both_payments_realms_start_from_the_line_in_the_sandboxs_header(self):
        header = (EXAMPLES / "payments-sandbox.toml").read_text()
        named = re.findall(r"--realm examples/platforms/([a-z-]+)\.toml", header)
        server = Server(*named)
        self.addCleanup(server.stop)
        self.assertEqual([realm["name"] for realm in server.ready["realms"]], ["payments", "payments-sandbox"])

    def test_the_guides_commands_show_what_it_says(self):
        blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
        expected = (
            r'^\{"accessToken":"[^"]+","tokenType":"Bearer","expiresIn":2591999\}$',
            r'^\{"access_token":"[^"]+","token_type":"Bearer","expires_in":2591999,"scope":"manage_payment manage_store"\}$',
            r'^\{"error":"invalid_request","errorDescription":"the request mixes two spellings',
            r"^ok\b",
            r'^\{"error":"invalid_request","errorDescription":"this client uses the standard form alone',
        )
        self.assertEqual(len(blocks), len(expected))
        _, port = self.served(EXAMPLES / "payments-camelcase.toml")
        path = {"PATH": f"{os.path.dirname(GRANTD)}:{os.environ['PATH']}"}
        for block, shows in zip(blocks, expected):
            done = subprocess.run(
                moved(block, port), shell=True, capture_output=True, text=True, timeout=30, cwd=ROOT, env=os.environ | path
            )
            self.assertEqual(done.returncode, 0, block)
            self.assertRegex(done.stdout, shows)

    def test_the_guide_names_every_key_that_an_example_loosens(self):
        guide = GUIDE.read_text()
        for file in sorted(EXAMPLES.glob("*.toml")):
            done = subprocess.run([GRANTD, "config", "check", str(file)], capture_output=True, text=True, timeout=30)
            warnings = re.findall(r"^warning: [^:]+:\d+: ([\w.-]+):", done.stdout + done.stderr, re.M)
            for key in warnings:
                self.assertIn(f"`{key.rsplit('.', 1)[-1]} = ", guide, file.name)


if __name__ == "__main__":
    unittest.main()
