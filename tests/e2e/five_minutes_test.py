"""docs/five-minutes.md, done."""

import unittest

from tests.e2e import pages


class FiveMinutesTest(pages.PageTest):

    def test_each_command_works_and_says_what_the_page_shows(self):
        page = self.page("five-minutes.md")
        self.assertGreater(len(page), 6)
        self.assert_page_is_true(page)

    def test_a_page_that_shows_something_else_is_found(self):
        said = "a  1\nb     22 ms\n"
        self.assertIsNone(pages.missing("a 1\nb ... ms\n", said))
        self.assertIsNone(pages.missing("b 22 ms\n", said))
        self.assertEqual(pages.missing("a 1\na 1\n", said), "a 1")
        self.assertEqual(pages.missing("b ... s\nb ... ms\n", said), "b ... s")
        self.assertEqual(pages.missing("a 1 2\n", said), "a 1 2")


if __name__ == "__main__":
    unittest.main()
