"""What stands in the examples' headers and in the guide works as pasted, at the usual port."""

import re
import subprocess
import unittest

import httpx

from server import EXAMPLES, ROOT, Server

GUIDE = ROOT / "docs" / "guide" / "platforms.md"


def commands(text, begin):
    """The lines of a text that begin with this, without the comment sign."""
    lines = (re.sub(r"^[#\s]+", "", line) for line in text.splitlines())
    return [line for line in lines if line.startswith(begin)]


def moved(command, port):
    return command.replace(":8400", f":{port}")


class Examples(unittest.TestCase):
    def test_the_lines_of_curl_in_each_header_work_as_pasted(self):
        files = sorted(EXAMPLES.glob("*.toml"))
        self.assertEqual(len(files), 6)
        for file in files:
            lines = commands(file.read_text(), "curl ")
            self.assertEqual(len(lines), 3, file.name)
            server = Server(file.stem)
            try:
                port = httpx.URL(server.ready["realms"][0]["issuer"]).port
                for line in lines:
                    done = subprocess.run(moved(line, port), shell=True, capture_output=True, text=True, timeout=30)
                    self.assertEqual(done.returncode, 0, line)
                    good = done.stdout.strip() == "200" or re.search(r'"(access_?token|issuer|keys|resource)"', done.stdout, re.I)
                    # One line shows a refusal.
                    shown = '"error":"invalid_request"' in done.stdout and '"client_secret":1' in line
                    self.assertTrue(good or shown, f"{file.name}: {line}\n{done.stdout}")
            finally:
                server.stop()

    def test_both_payments_realms_start_from_the_line_in_the_sandboxs_header(self):
        header = (EXAMPLES / "payments-sandbox.toml").read_text()
        named = re.findall(r"--realm examples/platforms/([a-z-]+)\.toml", header)
        server = Server(*named)
        self.addCleanup(server.stop)
        self.assertEqual([realm["name"] for realm in server.ready["realms"]], ["payments", "payments-sandbox"])


if __name__ == "__main__":
    unittest.main()
