"""docs/security-mutations.md."""

from tests.mutations import table
from tests.mutations.mutation import DOCUMENT, row_of, rows_of, text_of

HEAD = """# Defences broken by hand

For each threat of [security.md](security.md): what was broken, and the test
that failed then. `./otrp mutations` breaks them one after the other in a copy
of the checkout, sees the test pass before and fail after, and writes this page
(`--write`); the table that it works through stands in `tests/mutations/`.
"""


def line_of(mutation):
    """Its row of a table."""
    tests = ", ".join(f"`{test}`" for test in mutation.tests)
    return f"| `{mutation.file}` | {mutation.broken} | {tests} |\n"


TABLE = ("| file | what was broken | what failed |\n"
         "| --- | --- | --- |\n")

UNSEEN = """
## In the table, and not seen failing yet

"""


def page(is_caught):
    """The text, in the order of docs/security.md; `is_caught` tells it of a
    mutation."""
    rows = rows_of(text_of(DOCUMENT))
    out = [HEAD]
    for row in rows:
        lines = [line_of(one) for one in table.MUTATIONS
                 if row_of(one, rows) == row and is_caught(one)]
        if lines:
            out += [f"\n## {row.threat}\n\n", TABLE, *lines]
    unseen = [line_of(one) for one in table.MUTATIONS if not is_caught(one)]
    if unseen:
        out += [UNSEEN, TABLE.replace("what failed", "what must fail"),
                *unseen]
    return "".join(out)
