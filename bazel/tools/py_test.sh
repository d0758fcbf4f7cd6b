#!/bin/bash
# Runs a Python unittest file from a Bazel test's runfiles.
exec python3 -B bazel/tools/run_unittest.py "$@"
