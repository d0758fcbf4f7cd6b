"""An HTTP server of a test: in threads, on a free port of loopback."""

import http.client
import http.server
import threading
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    """Says nothing of what passes."""

    def log_message(self, *args):
        pass

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))


class LoopbackServer:
    """Serves until close(). With TLS where an ssl.SSLContext is given."""

    def __init__(self, handler, tls=None):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                       handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket,
                                                  server_side=True)
        scheme = "http" if tls is None else "https"
        port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class LossyProxy(LoopbackServer):
    """Before a server by plain HTTP: passes requests on, and loses the first
    answer to each change, so that nobody learns what became of it.

    lost: (method, path) of what was done without an answer.
    """

    def __init__(self, url):
        server = urllib.parse.urlsplit(url).netloc
        lost = []

        class Pass(Handler):

            def answer(self):
                connection = http.client.HTTPConnection(server, timeout=30)
                data = self.rfile.read(int(self.headers.get(
                    "Content-Length", 0)))
                connection.request(self.command, self.path, data,
                                   dict(self.headers.items()))
                said = connection.getresponse()
                body = said.read()
                connection.close()
                what = self.command, self.path
                if self.command != "GET" and what not in lost:
                    lost.append(what)
                    self.close_connection = True
                    return
                self.send_response(said.status)
                for name in ("Content-Type", "Retry-After"):
                    if said.headers[name] is not None:
                        self.send_header(name, said.headers[name])
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        self.lost = lost
        super().__init__(Pass)
