"""Runs the unittest file named first and leaves Bazel a test.xml with every
case, so that each is counted."""

import importlib.util
import os
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree


class XmlResult(unittest.TextTestResult):
    """Remembers the time and the outcome of every case."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = []
        self._started = 0.0

    def startTest(self, test):
        self._started = time.monotonic()
        super().startTest(test)

    def _case(self, test, kind=None, message=""):
        self.cases.append((test.id(), time.monotonic() - self._started, kind,
                           message))

    def addSuccess(self, test):
        super().addSuccess(test)
        self._case(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._case(test, "failure", str(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self._case(test, "error", str(err[1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._case(test, "skipped", reason)


def write_xml(path, cases):
    suite = ElementTree.Element("testsuite", tests=str(len(cases)))
    for name, seconds, kind, message in cases:
        classname, _, case = name.rpartition(".")
        element = ElementTree.SubElement(
            suite, "testcase", classname=classname, name=case,
            time=f"{seconds:.3f}")
        if kind:
            ElementTree.SubElement(element, kind, message=message)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8",
                                         xml_declaration=True)


def main():
    path = sys.argv[1]
    sys.path[:0] = [os.path.dirname(path),
                    os.path.join(os.getcwd(), "tests", "support")]
    spec = importlib.util.spec_from_file_location(
        os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    # unittest looks a module's fixtures up there.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromModule(module)
    if len(sys.argv) > 2:
        loader.testNamePatterns = [f"*{p}*" for p in sys.argv[2:]]
        suite = loader.loadTestsFromModule(module)
    runner = unittest.TextTestRunner(verbosity=2, resultclass=XmlResult,
                                     stream=sys.stdout)
    result = runner.run(suite)
    output = os.environ.get("XML_OUTPUT_FILE")
    if output:
        write_xml(output, result.cases)
    return 0 if result.wasSuccessful() and result.cases else 1


if __name__ == "__main__":
    sys.exit(main())
