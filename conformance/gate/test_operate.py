"""The part of an nginx configuration that the operators' guide has for grantd itself, as it is written but for host and port."""

import pathlib
import re
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

import stage

GUIDE = stage.GUIDE.with_name("operate.md")


class Operate(unittest.TestCase):
    def test_nobody_asks_the_gate_through_the_proxy_in_front_of_grantd(self):
        behind = stage.Stage(stage.realm("shop.toml"), "nginx")
        self.addCleanup(behind.stop)
        directory, port = pathlib.Path(tempfile.mkdtemp()), stage.free_port()
        (part,) = re.findall(r"^```nginx\n(.*?)^```", GUIDE.read_text(), re.M | re.S)
        own_host = behind.issuer.removeprefix("http://")
        part = part.replace("127.0.0.1:8400", f"127.0.0.1:{own_host.split(':')[1]}").replace("$host;", f"{own_host};")
        command = stage.nginx(directory, f"server {{ listen 127.0.0.1:{port}; access_log off;\n{part}}}\n")
        server = subprocess.Popen(command)
        self.addCleanup(server.wait, timeout=60)
        self.addCleanup(server.terminate)
        stage.wait_for(port)

        def status(path, method="GET"):
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    return response.status
            except urllib.error.HTTPError as refused:
                with refused:
                    # nginx itself refuses with a page.
                    return refused.code, refused.headers["Content-Type"] == "text/html"

        for path in ("/gate/nginx", "/gate/envoy/v1/x", "/gate/emqx", "/%67ate/nginx", "/other/gate/caddy", "/gate/ticket/x"):
            self.assertEqual(status(path), (403, True), path)
        self.assertEqual(status("/gate/ticket", method="POST"), (401, False))
        self.assertEqual(status("/jwks.json"), 200)


if __name__ == "__main__":
    unittest.main()
