"""docs/bank-in-ten-minutes.md, done: a bank's whole way by curl."""

import re
import unittest

from tests.e2e import pages


class BankTest(pages.PageTest):

    def test_each_command_works_and_answers_what_the_page_shows(self):
        page = self.page("bank-in-ten-minutes.md")
        self.assertGreater(len(page), 12)
        self.assert_page_is_true(page)

    def test_no_command_has_a_secret_as_an_argument(self):
        """What is in a file stays there: a code or token is picked by the
        shell's own printf, into a pipe or a file."""
        commands = "".join(block[0] for block in self.page(
            "bank-in-ten-minutes.md")).replace("\\\n", " ")
        picked = [line for line in commands.splitlines()
                  if re.search(r"pick (code|token)\b", line)]
        self.assertEqual(len(picked), 2)
        for line in picked:
            self.assertTrue(line.strip().startswith("printf "), line)
        self.assertNotRegex(commands, r"Bearer (?!%s)")
        # And each member's header comes from his file.
        for header in re.findall(r"-H (\S+)", commands):
            self.assertRegex(header, r'^@\$bank/\w+\.header$|^"Content-Type')

    def test_an_answer_without_what_the_page_shows_is_found(self):
        said = ('{"a":"1","list":[{"b":2},{"b":3}],"empty":[]}\n'
                'talk\n{"done":true}\n')
        for shown in ('{"a": "1"}', '{"a": "..."}', '{"list": [{"b": 3}]}',
                      '{"empty": []}\n{"done": true}', "{}"):
            self.assertIsNone(pages.missing_json(shown, said), shown)
        for shown in ('{"a": "2"}', '{"a": 1}', '{"list": []}', '{"b": "..."}',
                      '{"list": [{"b": 3}, {"b": 2}]}', '{"done": 1}',
                      '{"list": "..."}', '{"done": true}\n{"a": "1"}'):
            self.assertIsNotNone(pages.missing_json(shown, said), shown)


if __name__ == "__main__":
    unittest.main()
