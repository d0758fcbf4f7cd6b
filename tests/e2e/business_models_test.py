"""docs/business-models.md, done: who pays whom, by the suite's own report."""

import unittest

from tests.e2e import pages


class BusinessModelsTest(pages.PageTest):

    def test_each_market_pays_what_the_page_says(self):
        page = self.page("business-models.md")
        self.assertGreater(len(page), 8)
        # A market without a report is no example.
        reports = [shown for commands, _, shown in page
                   if "usage report" in commands]
        self.assertGreaterEqual(len(reports), 4)
        for shown in reports:
            self.assertIn(" EUR", shown)
        self.assert_page_is_true(page)


if __name__ == "__main__":
    unittest.main()
