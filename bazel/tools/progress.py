"""Runs Bazel and says how far it is: steps done of how many, by Bazel's own
count, the time so far and a guess of what is left. On a terminal in one line
that changes; elsewhere in a line now and then. What else Bazel says passes
through, and its exit code.

    progress.py build|test [FLAG..] -- TARGET..
"""

import collections
import re
import subprocess
import sys
import time

# Without a terminal.
LINE_SECONDS = 15
# The guess is made of what was done within this time.
WINDOW_SECONDS = 180
# No guess before that.
LEAST_SECONDS = 20

# "[1,234 / 2,345] 3 / 128 tests; Compiling libs/json/parser.cc; 3s ..."
PROGRESS = re.compile(r"\[([\d,]+) / ([\d,]+)\]\s*(.*)")
TESTS = re.compile(r"([\d,]+) / ([\d,]+) tests(?:, [\d,]+ failed)?;?\s*")
EARLY = re.compile(r"(Loading|Analyzing|Computing main repo mapping)\b")
# What Bazel adds to an action: its seconds, how it is run, and others.
TAIL = re.compile(r"; \d+s\b.*| \.\.\. \(.*|\.\.\.$")


def duration(seconds):
    if seconds < 55:
        return f"{max(1, round(seconds / 10)) * 10} s"
    return f"{max(1, round(seconds / 60))} min"


def number(text):
    return int(text.replace(",", ""))


class Progress:
    """Bazel's lines become ours. Bazel counts the steps as it comes to know
    them; `total` is what it says of all beforehand, or 0. `now` is a clock in
    seconds."""

    def __init__(self, total=0, now=time.monotonic):
        self._total = total
        self._now = now
        self._began = now()
        self._seen = collections.deque()

    def left(self, done, total):
        """Seconds, by the rate of the last minutes; None: too early."""
        now = self._now()
        self._seen.append((now, done))
        while now - self._seen[0][0] > WINDOW_SECONDS:
            self._seen.popleft()
        first, before = self._seen[0]
        if now - first < LEAST_SECONDS or done <= before:
            return None
        return (total - done) * (now - first) / (done - before)

    def line(self, text):
        """Ours for one of Bazel's that tells of progress, else None."""
        found = PROGRESS.match(text)
        if not found:
            return "reading the BUILD files" if EARLY.match(text) else None
        done, known = number(found[1]), number(found[2])
        total = max(known, self._total)
        left = self.left(done, total)
        parts = [f"{done} of {total} steps"]
        what = found[3]
        tests = TESTS.match(what)
        if tests:
            parts.append(f"{tests[1]} of {tests[2]} tests")
            what = what[tests.end():]
        parts.append(duration(self._now() - self._began) + " so far")
        if left is not None:
            parts.append(f"about {duration(left)} left")
        what = TAIL.sub("", what).strip()
        return ", ".join(parts) + (f": {what}" if what else "")


class Screen:
    """Where the lines go."""

    def __init__(self, stream, now=time.monotonic):
        self._stream = stream
        self._terminal = stream.isatty()
        self._now = now
        self._last = None
        self._shown = False

    def progress(self, line):
        if self._terminal:
            self._stream.write("\r\x1b[K" + line[:78])
            self._shown = True
        elif self._last is None or self._now() - self._last >= LINE_SECONDS:
            self._stream.write(line + "\n")
            self._last = self._now()
        self._stream.flush()

    def other(self, line):
        self.clear()
        self._stream.write(line + "\n")
        self._stream.flush()

    def clear(self):
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._shown = False


def count_steps(verb, flags, targets):
    """How many actions Bazel has for the targets; 0 where it can't say."""
    wanted = " ".join(t for t in targets if not t.startswith("-"))
    wanted = f"set({wanted})"
    if verb == "test":
        wanted = f"tests({wanted})"
    done = subprocess.run(
        ["bazel", "aquery", f"deps({wanted})",
         *(f for f in flags if f.startswith("--config=")), "--output=text",
         "--include_commandline=false", "--include_artifacts=false",
         "--noshow_progress", "--ui_event_filters=-info,-warning"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        check=False, stdin=subprocess.DEVNULL)
    # Anything that is wrong, the build itself says better.
    return steps_of(done.stdout) if done.returncode == 0 else 0


def steps_of(actions):
    """Those of aquery's text that a build runs: no archives, since the linker
    takes objects; of files that are written, one list a linked program."""
    steps = 0
    for title, kind in re.findall(r"^\w+ '(.*)'\n  Mnemonic: (\w+)$", actions,
                                  re.MULTILINE):
        if kind in ("CcStrip", "Fail", "FileWrite", "Middleman") or \
                title.endswith(".a"):
            continue
        steps += 2 if kind == "CppLink" else 1
    return steps


def main():
    verb, *rest = sys.argv[1:]
    at = rest.index("--")
    flags, targets = rest[:at], rest[at + 1:]
    screen = Screen(sys.stderr)
    screen.progress("reading the BUILD files")
    progress = Progress(count_steps(verb, flags, targets))
    child = subprocess.Popen(
        ["bazel", verb, "--show_progress", "--curses=no", "--color=no",
         "--show_progress_rate_limit=1", *flags, "--", *targets],
        stderr=subprocess.PIPE, text=True, errors="replace",
        stdin=subprocess.DEVNULL)
    for text in child.stderr:
        text = text.rstrip("\n")
        line = progress.line(text)
        if line is not None:
            screen.progress(line)
        # It says that twice; the exit code and what follows say it too.
        elif text.strip() and not text.startswith("INFO: Build completed"):
            screen.other(text)
    screen.clear()
    return child.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        # Bazel has got it too, and ends.
        sys.exit(130)
