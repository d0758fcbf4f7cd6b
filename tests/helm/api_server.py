"""Secrets of one namespace as an API server keeps them, over real HTTPS on
loopback: create, get, merge patch with a resource version, bearer token."""

import base64
import json
import os
import ssl
import subprocess

from tests.support.loopback import Handler, LoopbackServer

NAMESPACE = "suite"
TOKEN = "a-service-account-token"


class ApiServer(LoopbackServer):
    """Makes an account folder (token, ca.crt, namespace) in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.secrets = {}
        # (method, name, status)
        self.calls = []
        # Called before a patch; the place for somebody else's change.
        self.before_patch = lambda name: None
        # Whether the owner of a token may do that: (token, verb, name).
        self.may = lambda token, verb, name: token == TOKEN
        self.account = os.path.join(folder, "account")
        os.mkdir(self.account)
        key, certificate = self._certificate()
        for name, text in (("token", TOKEN), ("namespace", NAMESPACE)):
            with open(os.path.join(self.account, name), "w",
                      encoding="ascii") as f:
                f.write(text)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        super().__init__(self._handler(), context)

    def give(self, name, data):
        """A Secret that somebody made by hand."""
        self.secrets[name] = {
            "type": "Opaque",
            "metadata": {"name": name, "resourceVersion": "1"},
            "data": {key: base64.b64encode(value.encode()).decode()
                     for key, value in data.items()}}

    def data(self, name):
        return {key: base64.b64decode(value).decode()
                for key, value in self.secrets[name]["data"].items()}

    def written(self):
        return [call for call in self.calls if call[0] != "GET"]

    def _certificate(self):
        key = os.path.join(self.folder, "api.key")
        certificate = os.path.join(self.account, "ca.crt")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=api",
             "-addext", "subjectAltName=IP:127.0.0.1", "-days", "365",
             "-keyout", key, "-out", certificate],
            check=True, capture_output=True)
        return key, certificate

    def _handler(self):
        api = self

        class Secrets(Handler):
            protocol_version = "HTTP/1.1"

            def _answer(self, status, value):
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def _serve(self):
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                name, status, value = self._act(body)
                api.calls.append((self.command, name, status))
                if status >= 400:
                    value = {"kind": "Status", "code": status,
                             "message": value}
                self._answer(status, value)

            def _act(self, body):
                base = f"/api/v1/namespaces/{NAMESPACE}/secrets"
                creates = self.path == base and self.command == "POST"
                if not creates and not self.path.startswith(base + "/"):
                    return "", 404, "the server could not find the resource"
                name = self.path[len(base) + 1:]
                scheme, _, token = self.headers.get(
                    "Authorization", "").partition(" ")
                verb = {"POST": "create"}.get(self.command,
                                              self.command.lower())
                if scheme != "Bearer" or not api.may(token, verb, name):
                    return name, 401, "Unauthorized"
                if creates:
                    return self._create(body)
                if name not in api.secrets:
                    return name, 404, f'secrets "{name}" not found'
                if self.command == "PATCH":
                    return self._patch(name, body)
                return name, 200, api.secrets[name]

            def _create(self, body):
                name = body["metadata"]["name"]
                if (body["apiVersion"], body["kind"]) != ("v1", "Secret"):
                    return name, 400, "not a Secret"
                if body["type"] == "kubernetes.io/tls" and not {
                        "tls.crt", "tls.key"} <= set(body["data"]):
                    return name, 422, "tls.crt and tls.key are required"
                if name in api.secrets:
                    return name, 409, f'secrets "{name}" already exists'
                for value in body["data"].values():
                    base64.b64decode(value, validate=True)
                body["metadata"]["resourceVersion"] = "1"
                api.secrets[name] = body
                return name, 201, body

            def _patch(self, name, body):
                api.before_patch(name)
                if self.headers["Content-Type"] != \
                        "application/merge-patch+json":
                    return name, 415, "unsupported media type"
                secret = api.secrets[name]
                version = secret["metadata"]["resourceVersion"]
                wanted = body.get("metadata", {}).get("resourceVersion")
                if wanted not in (None, version):
                    return name, 409, "the object has been modified"
                secret["data"].update(body["data"])
                secret["metadata"]["resourceVersion"] = str(int(version) + 1)
                return name, 200, secret

            do_GET = do_POST = do_PATCH = _serve

        return Secrets
