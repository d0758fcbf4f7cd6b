"""A bank's people with otrpctl and nothing but a one-time code and the URL of
the REST interface: no certificate, no address of a service."""

import json
import os
import pty
import signal
import stat
import subprocess
import time
import unittest

from tests.e2e.world import TA_ID, World

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class Person:
    """Somebody with a home folder of his own, and no environment of ours."""

    def __init__(self, name):
        self.name = name
        self.home = WORLD.path(name)
        os.mkdir(self.home)
        self.env = {"HOME": self.home, "PATH": "/usr/bin:/bin"}
        self.binary = WORLD.stack.binary("clients/otrpctl/otrpctl")
        self.contexts = os.path.join(self.home, ".config/otrpctl/contexts.json")

    def run(self, *args, stdin=""):
        return subprocess.run([self.binary, *args, "-o", "json"], input=stdin,
                              capture_output=True, text=True, check=False,
                              env=self.env, cwd=self.home)

    def must(self, *args, stdin=""):
        done = self.run(*args, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def token(self, context):
        with open(self.contexts, encoding="utf-8") as f:
            return json.load(f)["contexts"][context]["token"]

    def login(self, code):
        return self.must("login", *server(), "--name", self.name,
                         "--code-file", "-", stdin=code + "\n")


def server():
    return ("--server", WORLD.stack.url("api", "").rstrip("/"),
            "--ca-file", os.path.join(WORLD.stack.tls, "api-web", "ca.pem"))


def invite(spid, role):
    return WORLD.must("sp", "invite", "--spid", spid, "--role", role)["code"]


class LoginTest(unittest.TestCase):

    def test_a_bank_uploads_submits_and_releases_with_a_code_alone(self):
        sp = WORLD.new_sp()
        bob, carol = Person("bob"), Person("carol")
        code = invite(sp.spid, "developer")
        done = bob.run("login", *server(), "--name", "bob", "--code-file", "-",
                       stdin=code + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        logged_in = json.loads(done.stdout)
        self.assertEqual(
            [logged_in[name] for name in ("context", "account", "agent",
                                          "role")],
            [sp.spid, sp.spid, "member/bob", "developer"])
        token = bob.token(sp.spid)
        for secret in (code, token):
            self.assertNotIn(secret, done.stdout + done.stderr)
        self.assertEqual(stat.S_IMODE(os.stat(bob.contexts).st_mode), 0o600)
        self.assertEqual(
            stat.S_IMODE(os.stat(os.path.dirname(bob.contexts)).st_mode), 0o700)
        who = bob.must("whoami")
        self.assertEqual((who["kind"], who["name"], who["role"]),
                         ("sp", sp.spid, "developer"))
        self.assertEqual(who["expires_at"][:16], logged_in["expires_at"][:16])

        # A large image goes in chunks; nothing but a result is printed.
        image = sp.sign(TA_ID, "1.0.0", os.urandom(3 << 20))
        version = ("--spid", sp.spid, "--taid", TA_ID, "--version", "1.0.0")
        done = bob.run("ta", "push", *version, "--image", image)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertTrue(bob.must("upload", "list")["uploads"][0]["completed"])
        self.assertEqual(bob.must("ta", "submit", *version)["state"],
                         "submitted")
        # A releaser's is not his, and the devices are the operators'.
        self.assertEqual(bob.run("ta", "release", *version).returncode, 4)
        self.assertEqual(bob.run("device", "list").returncode, 4)
        self.assertEqual(bob.run("sp", "show", "--spid", "x").returncode, 3)

        watch = subprocess.Popen(
            [bob.binary, "ta", "show", *version, "--watch", "0.5", "-o",
             "json"], env=bob.env, stdout=subprocess.PIPE, text=True)
        self.addCleanup(watch.kill)
        self.assertEqual(json.loads(watch.stdout.readline())["review_state"],
                         "submitted")
        WORLD.must("review", "approve", *version)
        self.assertEqual(json.loads(watch.stdout.readline())["review_state"],
                         "approved")
        watch.send_signal(signal.SIGINT)
        rest, _ = watch.communicate(timeout=30)
        self.assertEqual((watch.returncode, rest), (0, ""))

        carol.login(invite(sp.spid, "releaser"))
        self.assertEqual(
            carol.must("ta", "release", *version)["released_version"], "1.0.0")
        audit = WORLD.must("audit", "list", "--service", "sp_portal",
                           "--action", "ta.", "--limit", "1")["events"][0]
        self.assertEqual(audit["actor"],
                         f"otrp://sp/{sp.spid}/member/carol")

    def test_logout_kills_the_token_and_forgets_it(self):
        sp = WORLD.new_sp()
        dave = Person("dave")
        # Whatever his role: an auditor changes nothing but that.
        dave.login(invite(sp.spid, "auditor"))
        token = dave.token(sp.spid)
        again = dave.must("login", *server(), "--token-file", "-",
                          "--context", "copy", stdin=token)
        self.assertEqual(again["agent"], "member/dave")
        dave.must("logout", "--context", "copy")
        with open(dave.contexts, encoding="utf-8") as f:
            self.assertEqual(list(json.load(f)["contexts"]), [sp.spid])
        # The front remembers for seconds what it was told.
        deadline = time.monotonic() + 30
        while dave.run("whoami", "--context", sp.spid).returncode != 4:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        # Dead already: forgotten all the same.
        done = dave.run("logout", "--context", sp.spid)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(dave.contexts, encoding="utf-8") as f:
            self.assertEqual(json.load(f)["contexts"], {})

    def test_a_code_works_once_and_a_wrong_one_leaves_nothing(self):
        sp = WORLD.new_sp()
        code = invite(sp.spid, "developer")
        Person("eve").login(code)
        mallory = Person("mallory")
        done = mallory.run("login", *server(), "--name", "mallory",
                           "--code-file", "-", stdin=code)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertNotIn(code, done.stdout + done.stderr)
        self.assertFalse(os.path.exists(mallory.contexts))
        done = mallory.run("login", *server(), "--code-file", "-", stdin=code)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--name", done.stderr)
        done = mallory.run("login", *server(), "--code", code)
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown flag --code", done.stderr)

    def test_the_code_that_is_typed_is_not_shown(self):
        sp = WORLD.new_sp()
        code = invite(sp.spid, "developer")
        frank = Person("frank")
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(frank.binary, [frank.binary, "login", *server()],
                      frank.env)
        shown = b""

        def until(text):
            nonlocal shown
            while text not in shown:
                shown += os.read(terminal, 4096)

        until(b"among the members: ")
        os.write(terminal, b"frank\n")
        until(b"(it isn't shown): ")
        # A slip, taken back.
        os.write(terminal, code.encode() + b"x\x7f\n")
        try:
            while True:
                shown += os.read(terminal, 4096)
        except OSError:
            # The terminal's other end is gone.
            pass
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, shown)
        text = shown.decode()
        self.assertIn("frank", text)
        self.assertIn(sp.spid, text)
        for secret in (code, frank.token(sp.spid)):
            self.assertNotIn(secret, text)

    def test_an_operator_has_a_context_with_his_certificate(self):
        grace = Person("grace")
        addresses = [word for flag, service in (("ca", "ca"), ("tsm", "tsm"),
                                                ("verifier", "verifier"),
                                                ("portal", "portal"))
                     for word in (f"--{flag}-addr",
                                  f"127.0.0.1:{WORLD.stack.ports[service]}")]
        grace.must("context", "add", "admin", "--tls-dir",
                   os.path.join(WORLD.stack.tls, "operator"), *addresses)
        self.assertEqual(grace.must("whoami")["kind"], "operator")
        self.assertIn("service_providers", grace.must("sp", "list"))
        # Over REST he is a user of the operators' side, with a token.
        code = WORLD.must("sp", "invite", "--role", "approver")["code"]
        logged_in = grace.login(code)
        self.assertEqual((logged_in["context"], logged_in["role"]),
                         ("operators", "approver"))
        self.assertIn("reviews", grace.must("review", "list"))
        self.assertEqual(grace.must("whoami", "--context", "admin")["agent"],
                         "")
        names = [c["name"] for c in grace.must("context", "list")["contexts"]]
        self.assertEqual(names, ["admin", "operators"])
        grace.must("context", "use", "admin")
        self.assertTrue(grace.must("context", "show")["current"])
        self.assertNotIn("token", grace.must("context", "show", "--context",
                                             "operators"))


if __name__ == "__main__":
    unittest.main()
