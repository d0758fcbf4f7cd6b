"""Takes a webhook's events and says what happened.

  PYTHONPATH=.. python3 webhook_receiver.py SECRETS

SECRETS: a file with the webhook's secret; while it rotates, with both, a line
each. Listens on a free port of loopback: before it stands what ends HTTPS.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from otrp_sdk import WebhookError, verify

MAX_BODY = 1 << 20
# In earnest: a table, so that an event is taken once whatever dies.
SEEN: set[str] = set()


class Receiver(BaseHTTPRequestHandler):

    def do_POST(self) -> None:  # pylint: disable=invalid-name
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY:
            return self.send_error(413)
        with open(sys.argv[1], encoding="ascii") as f:
            secrets = f.read().split()
        try:
            event = verify(secrets, self.headers,
                           self.rfile.read(int(length)))
        except WebhookError as error:
            print(f"refused: {error}", flush=True)
            return self.send_error(400)
        if event["id"] not in SEEN:
            SEEN.add(event["id"])
            print(event["type"], event.get("subject", ""), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
server.serve_forever()
