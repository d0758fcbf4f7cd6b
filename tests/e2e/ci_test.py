"""docs/ci.md, done, after the bank's page, in the same shell: a job of a CI
with a real issuer of ID tokens pushes and submits, and stores no secret."""

import os
import re
import subprocess
import unittest
import urllib.parse

from tests.e2e import pages
from tests.support.npm import node_modules

ISSUER = "services/sp_portal/testing/issuer/issuer.mjs"
SUBJECT = "repo:acme/wallet:ref:refs/tags/v1.1.0"


class CiTest(pages.PageTest):

    def setUp(self):
        super().setUp()
        modules = node_modules("oidc-tools")
        self.issuer = subprocess.Popen(
            ["node", ISSUER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "NODE_MODULES": modules})
        self.addCleanup(self.issuer.communicate)
        url = self.issuer.stdout.readline().strip()
        self.assertTrue(url, f"{modules}: ./otrp test puts it there")
        self.environment["ISSUER"] = url
        self.ask_for(environment="release")

    def ask_for(self, **claims):
        """What the job's ID token will say of it."""
        query = urllib.parse.urlencode(
            {"client": "otrp", "sub": SUBJECT, **claims})
        self.environment["ID_TOKEN_URL"] = \
            f"{self.environment['ISSUER']}/ci/token?{query}"

    def test_each_command_works_and_answers_what_the_page_shows(self):
        ci = self.page("ci.md")
        self.assertGreater(len(ci), 5)
        # The bank's page but for its end.
        self.assert_page_is_true(
            self.page("bank-in-ten-minutes.md")[:-1] + ci)

    def test_a_job_of_another_environment_gets_no_token(self):
        self.ask_for(environment="test")
        self.addCleanup(self.shell, "./otrp down")
        # Until Alice is in, and brought two.
        page = [block[0] for block
                in self.page("bank-in-ten-minutes.md")[:4]]
        for block in self.page("ci.md"):
            page.append(block[0])
            if "token:exchange" in block[0]:
                break
        script = "taid=x\n" + "".join(page)
        self.assertEqual(script.count("> $bank/job\n"), 1)
        done = self.shell(script.replace("> $bank/job\n", "|| exit 42\n"))
        self.assertEqual(done.returncode, 42, done.stdout)
        self.assertRegex(done.stdout, r'"status":403,.*"PERMISSION_DENIED"')

    def test_no_command_has_a_token_as_an_argument(self):
        commands = "".join(block[0] for block in self.page("ci.md"))
        given = [line for line in commands.splitlines()
                 if re.search(r"id_token\)|pick accessToken", line)]
        self.assertEqual(len(given), 3)
        for line in given:
            self.assertTrue(line.startswith("printf "), line)


if __name__ == "__main__":
    unittest.main()
