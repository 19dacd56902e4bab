"""Runs the suites that are named on the command line: makes the certificate authority of this run, has everything trust
it, and hands over to unittest. `python run.py clients mcp`; the environment says where programs are (see README.md)."""

import os
import pathlib
import sys
import tempfile
import unittest

import authority

CONFORMANCE = pathlib.Path(__file__).resolve().parents[1]


def trust(directory):
    """This process and all that it starts trust the authority below the directory, and it alone."""
    ca = str(directory / "ca.pem")
    # OpenSSL and so Python, Go; requests; Node.
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        os.environ[name] = ca
    os.environ.pop("SSL_CERT_DIR", None)
    os.environ["STAGE_TLS"] = str(directory)


def main(names):
    with tempfile.TemporaryDirectory() as scratch:
        tls = pathlib.Path(scratch)
        authority.establish(tls)
        trust(tls)
        sys.path[:0] = [str(CONFORMANCE / "platforms"), str(CONFORMANCE / "stage")]
        suites = unittest.TestSuite()
        for name in names:
            directory = str(CONFORMANCE / name)
            sys.path.insert(0, directory)
            suites.addTests(unittest.TestLoader().discover(directory, top_level_dir=directory))
        outcome = unittest.TextTestRunner(verbosity=2).run(suites)
    return 0 if outcome.wasSuccessful() and outcome.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
