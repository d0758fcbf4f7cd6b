"""The SDKs against the running suite: by their onboarding examples a bank
registers and ships, and a software device has it at the end; and what becomes
of their changes where answers are lost."""

import os
import queue
import subprocess
import sys
import threading
import unittest

from tests.e2e.world import World
from tests.support import typescript_sdk
from tests.support.loopback import LossyProxy

sys.path.insert(0, "clients/sdk/python")
from otrp_sdk import Client  # noqa: E402  pylint: disable=C0413

WORLD = None
TYPESCRIPT = None
PYTHON = ("env", "PYTHONPATH=clients/sdk/python", "PYTHONDONTWRITEBYTECODE=1",
          "python3")


def setUpModule():
    global WORLD, TYPESCRIPT
    WORLD = World()
    TYPESCRIPT = typescript_sdk.build(WORLD.path("typescript"))


def tearDownModule():
    WORLD.close()


class SdkTest(unittest.TestCase):

    def environment(self):
        tls = WORLD.stack.tls
        return {**os.environ,
                "OTRP_API": WORLD.stack.url("api", ""),
                "OTRP_CA_FILE": os.path.join(tls, "api-web", "ca.pem"),
                "OTRP_CERT_FILE": os.path.join(tls, "operator", "cert.pem"),
                "OTRP_KEY_FILE": os.path.join(tls, "operator", "key.pem")}

    def onboard(self, spid, *argv):
        """A bank by an example, and a device of its group."""
        folder, did = WORLD.new_device()
        group = spid + "-devices"
        WORLD.must("group", "add", "--group", group, "--device", did)
        keys = WORLD.path(spid)
        os.mkdir(keys, 0o700)
        done = subprocess.run(
            [*argv, spid, group, keys], env=self.environment(),
            capture_output=True, text=True, check=False, timeout=60,
            stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for line in ("members: alice: owner, bob: developer, carol: releaser",
                     "checked: size, signature, dependencies",
                     "a developer releases: 403 PERMISSION_DENIED",
                     f"assigned to {group}, delivered: True"):
            self.assertIn(line.lower(), done.stdout.lower())
        self.assertGreaterEqual(done.stdout.count("uploaded: "), 3)
        self.assertNotIn("otrp_", done.stdout + done.stderr)

        self.assertEqual(WORLD.requests(folder)[-1], "InstallTARequest")
        self.assertEqual(WORLD.held(folder), ["1.0.0"])
        events = WORLD.must("audit", "list", "--service", "sp_portal",
                            "--subject", f"{spid}/com.example.wallet")
        actors = {event["action"]: event["actor"]
                  for event in events["events"]}
        self.assertEqual(actors["ta.release"],
                         f"otrp://sp/{spid}/member/carol")

    def test_a_bank_ships_by_the_typescript_sdk(self):
        self.onboard("ts-bank", "node",
                     os.path.join(TYPESCRIPT, "examples", "onboarding.js"))

    def test_a_bank_ships_by_the_python_sdk(self):
        self.onboard("py-bank", *PYTHON,
                     "clients/sdk/python/examples/onboarding.py")

    def receive(self, spid, *argv):
        """A webhook whose events an example takes."""
        client = Client.from_environment(self.environment())
        WORLD.must("sp", "create", "--spid", spid, "--name", "Hooked")
        secrets = WORLD.write(f"{spid}-secrets", b"")
        receiver = subprocess.Popen([*argv, secrets], text=True,
                                    stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE)
        self.addCleanup(receiver.communicate)
        self.addCleanup(receiver.kill)
        said = queue.Queue()
        threading.Thread(daemon=True, target=lambda: [
            said.put(line.strip()) for line in receiver.stdout]).start()

        made = client.create_webhook(spid=spid, url=said.get(timeout=30),
                                     eventTypes=["otrp.certificate.enrolled"])
        webhook = made["webhook"]["webhookId"]
        WORLD.write(f"{spid}-secrets", made["secret"].encode())
        client.send_test_webhook_event(spid=spid, webhookId=webhook)
        self.assertTrue(said.get(timeout=30).startswith("otrp.webhook.test"))
        # Both sign while the secret rotates; the receiver knows the old one.
        rotated = client.rotate_webhook_secret(spid=spid, webhookId=webhook)
        client.send_test_webhook_event(spid=spid, webhookId=webhook)
        self.assertTrue(said.get(timeout=30).startswith("otrp.webhook.test"))
        self.assertNotEqual(rotated["secret"], made["secret"])
        # One that is another's is refused.
        WORLD.write(f"{spid}-secrets", b"whsec_" + b"A" * 43 + b"=")
        client.send_test_webhook_event(spid=spid, webhookId=webhook)
        self.assertIn("refused: webhook-signature", said.get(timeout=30))

    def test_the_typescript_receiver_takes_events_that_are_signed_alone(self):
        self.receive("ts-hooked", "node", os.path.join(
            TYPESCRIPT, "examples", "webhook_receiver.js"))

    def test_the_python_receiver_takes_events_that_are_signed_alone(self):
        self.receive("py-hooked", *PYTHON,
                     "clients/sdk/python/examples/webhook_receiver.py")

    def owner(self, spid):
        """Of a new bank: a client, and its token in a file."""
        operator = Client.from_environment(self.environment())
        operator.create_service_provider(spid=spid, name="Lost")
        code = operator.create_invitation(spid=spid, role="owner")["code"]
        url = WORLD.stack.url("api_http", "")
        token = Client(url).accept_invitation(code=code, name="alice")["token"]
        path = WORLD.write(f"{spid}-token", token.encode())
        return Client(url, token=token), path

    def lose(self, spid, change):
        """change: gets the environment that leads through a proxy which loses
        answers, makes a token and an invitation and deletes the token."""
        owner, path = self.owner(spid)
        with LossyProxy(WORLD.stack.url("api_http", "")) as proxy:
            change({**os.environ, "OTRP_API": proxy.url,
                    "OTRP_TOKEN_FILE": path})
            self.assertEqual([method for method, _ in proxy.lost],
                             ["POST", "POST", "DELETE"])
        self.assertEqual(len(list(owner.each_invitations(spid=spid))), 1)
        events = WORLD.must("audit", "list", "--service", "sp_portal",
                            "--filter",
                            f"actor=otrp://sp/{spid}/member/alice")["events"]
        self.assertEqual(sorted(event["action"] for event in events), [
            "member.invite", "token.create", "token.revoke"])

    def test_a_lost_answer_has_no_second_effect_by_the_typescript_sdk(self):
        script = f"""
            import {{ Otrp }} from '{TYPESCRIPT}/src/index.js';
            const otrp = Otrp.fromEnvironment();
            const path = {{ spid: 'ts-lost' }};
            const sp = '/v1/service-providers/{{spid}}';
            const {{ token, secret }} = await otrp.post(sp + '/tokens',
              {{ params: {{ path }},
                 body: {{ name: 'ci', role: 'auditor' }} }});
            const {{ code }} = await otrp.post(sp + '/invitations',
              {{ params: {{ path }}, body: {{ role: 'developer' }} }});
            await otrp.delete(sp + '/tokens/{{tokenId}}',
              {{ params: {{ path: {{ ...path, tokenId: token.tokenId }} }} }});
            if (!secret || !code) throw new Error('is not the first answer');
            """
        self.lose("ts-lost", lambda environment: subprocess.run(
            ["node", "--input-type=module", "--eval", script],
            env=environment, check=True, timeout=60,
            stdin=subprocess.DEVNULL))

    def test_a_lost_answer_has_no_second_effect_by_the_python_sdk(self):
        def change(environment):
            client = Client.from_environment(environment)
            made = client.create_token(spid="py-lost", name="ci",
                                       role="auditor")
            self.assertTrue(made["secret"])
            self.assertTrue(client.create_invitation(
                spid="py-lost", role="developer")["code"])
            client.revoke_token(spid="py-lost",
                                tokenId=made["token"]["tokenId"])

        self.lose("py-lost", change)


if __name__ == "__main__":
    unittest.main()
