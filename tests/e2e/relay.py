"""What stands between a device and the gateway, for tests of what happens in
the middle of a session."""

import http.client

from tests.support.loopback import Handler, LoopbackServer


class Relay(LoopbackServer):
    """Between a device and the gateway: `before(n)` and `after(n)` run around
    the forwarding of the n-th message; an `after` that is true drops the
    reply."""

    def __init__(self, world, before=lambda n: None, after=lambda n: None):
        self.seen = []
        self._port = world.stack.ports["http"]
        relay = self

        class Through(Handler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.body()
                n = len(relay.seen)
                relay.seen.append(body)
                before(n)
                try:
                    answer = relay.forward(body, self.headers)
                except OSError:
                    answer = None
                if after(n) or answer is None:
                    self.close_connection = True
                    return
                status, headers, reply = answer
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in ("connection", "date", "server"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply)

        super().__init__(Through)
        self.url += "/otrp"

    def forward(self, body, headers):
        upstream = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=30)
        try:
            upstream.request("POST", "/otrp", body, {
                name: headers[name] for name in ("Content-Type", "Accept")
                if headers[name]})
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            upstream.close()
