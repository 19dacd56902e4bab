"""The guide, as it is written: its file, its commands, in its order. Ports, and the place of nginx's log, are the test's."""

import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import stage


class Guide(unittest.TestCase):
    def test_the_guide_works_as_it_is_written(self):
        directory = pathlib.Path(tempfile.mkdtemp())
        ports = {name: str(stage.free_port()) for name in ("8400", "9000", "8081")}

        def moved(text):
            for name, port in ports.items():
                text = text.replace(f":{name}", f":{port}").replace(f" {name} ", f" {port} ")
            return text

        realm, preflights, tools, broker = stage.blocks("toml")
        (directory / "shop.toml").write_text(moved(realm))
        (directory / "tools.toml").write_text(moved(realm + tools))
        first = "[[gate.routes]]"
        (directory / "preflights.toml").write_text(moved(realm.replace(first, preflights + first, 1)))
        (directory / "broker.toml").write_text(moved(realm + broker))
        programs = directory / "programs"
        programs.mkdir()
        (programs / "grantd").write_text(
            f'#!/bin/sh\ncase "$1" in dev) set -- "$@" --listen 127.0.0.1:{ports["8400"]};; esac\n'
            f'case "$2" in config) set -- "$@" --grantd 127.0.0.1:{ports["8400"]};; esac\nexec {stage.GRANTD} "$@"\n'
        )
        quiet = " ".join(
            f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (programs / "nginx").write_text(
            f"#!/bin/sh\nsed -i 's|/var/log/nginx|{directory}|; 1i {quiet}' guarded.conf\n"
            f'exec {stage.PROGRAMS["nginx"]} -e {directory}/nginx-error.log -g "pid {directory}/nginx.pid;" "$@"\n'
        )
        for program in programs.iterdir():
            program.chmod(0o755)
        run, configure, without, with_token, doctor = (moved(block) for block in stage.blocks("sh"))
        environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}")

        def shell(text):
            # Files and not pipes: what goes on in the background keeps them open.
            with open(directory / "out", "w+") as out:
                done = subprocess.run(
                    ["sh", "-e", "-c", text], cwd=directory, env=environment, stdout=out, stderr=subprocess.STDOUT, timeout=80
                )
                out.seek(0)
                told = out.read()
            self.assertEqual(done.returncode, 0, (text, told))
            return told

        server = subprocess.Popen(
            ["sh", "-e", "-c", run + "wait"], cwd=directory, env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )
        try:
            stage.wait_for(int(ports["8400"]))
            stage.wait_for(int(ports["9000"]))
            shell(configure)
            stage.wait_for(int(ports["8081"]))
            refused = shell(without)
            self.assertTrue(refused.startswith("HTTP/1.1 401"), refused)
            self.assertIn('scope="orders:read"', refused)
            self.assertIn("an order", shell(with_token))
            said = shell(doctor)
            self.assertIn("Nothing passed without a credential.", said)
            self.assertIn("beside a good call", said)
            self.assertNotIn("never counts", shell("grantd config check preflights.toml"))
            shell("grantd config check tools.toml")
            shell("grantd config check broker.toml")
        finally:
            pid = directory / "nginx.pid"
            if pid.exists():
                os.kill(int(pid.read_text()), signal.SIGQUIT)
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=60)


if __name__ == "__main__":
    unittest.main()
