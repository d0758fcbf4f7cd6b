"""An HTTP server of a test: in threads, on a free port of loopback."""

import http.server
import threading


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
