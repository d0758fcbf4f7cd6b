#!/bin/bash
# Runs a Python unittest file from the root of a Bazel test's runfiles and
# leaves Bazel a test.xml with every case, so that each is counted.
set -euo pipefail

file=$1
shift
module=${file%.py}
xml=${XML_OUTPUT_FILE:-}
# Programs of ours that the test runs would write their own cases over it.
unset XML_OUTPUT_FILE
PYTHONPATH= python3 -B -m xmlrunner --verbose --output-file "${xml:-/dev/null}" \
  "${module//\//.}" "$@"
# unittest is content with a file in which it found nothing.
if [ -n "$xml" ] && ! grep -q '<testcase' "$xml"; then
  echo "no test ran in $file" >&2
  exit 1
fi
