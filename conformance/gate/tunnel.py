"""An API that takes every upgrade and remembers what it was sent, byte for byte. Knows neither proxies nor grantd."""

import base64
import hashlib
import json
import socketserver
import threading


class Head:
    """What a request began with."""

    def __init__(self, text):
        first, *lines = text.decode("latin-1").split("\r\n")
        self.first = first
        self.lines = [[part.strip() for part in line.split(":", 1)] for line in lines]

    def told(self, name):
        """Every value of a header."""
        return [line[1] for line in self.lines if line[0].lower() == name.lower()]


class Answer(socketserver.BaseRequestHandler):
    """101 for whoever names anything to upgrade to, and then the tunnel's bytes back; otherwise what was sent, with 500 for a path
    that says so."""

    def handle(self):
        sent = b""
        while b"\r\n\r\n" not in sent:
            more = self.request.recv(65536)
            if not more:
                return
            sent += more
        head, _, behind = sent.partition(b"\r\n\r\n")
        head = Head(head)
        self.server.heads.append(head)
        upgrade = head.told("Upgrade")
        if not upgrade:
            body = json.dumps({"headers": head.lines}).encode()
            status = b"500 Failed" if "/fails" in head.first else b"200 OK"
            told = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
            self.request.sendall(told + body)
            return
        switched = f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {upgrade[0]}\r\n"
        if key := head.told("Sec-WebSocket-Key"):
            # RFC 6455 section 4.2.2; some proxies look at it.
            digest = hashlib.sha1(key[0].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
            switched += f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n"
        self.request.sendall(switched.encode("latin-1") + b"\r\n" + behind)
        while more := self.request.recv(65536):
            self.request.sendall(b"behind: " + more)


class Tunnel(socketserver.ThreadingTCPServer):
    """Its server."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.heads = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """Proxies drop connections as they like."""

    @property
    def place(self):
        return f"127.0.0.1:{self.server_address[1]}"

    def stop(self):
        self.shutdown()
        self.server_close()
