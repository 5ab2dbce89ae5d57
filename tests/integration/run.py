#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py --bin FOLDER MODULE [TEST…]: runs one module of integration tests with unittest.

Ends with the lines that GoogleTest would print, so that scripts/run-tests.sh counts all alike.
"""
import argparse
import importlib
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import programs  # noqa: E402  (the path comes first)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--bin', required=True, help='folder of the built programs')
    parser.add_argument('module')
    parser.add_argument('tests', nargs='*')
    options = parser.parse_args()
    programs.set_folder(options.bin)
    module = importlib.import_module(options.module)
    loader = unittest.TestLoader()
    if options.tests:
        suite = loader.loadTestsFromNames(options.tests, module)
    else:
        suite = loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    passed = result.testsRun - failed - len(result.skipped)
    for test, reason in result.skipped:
        print(f'{test}: Skipped\n{reason}')
    print(f'[  PASSED  ] {passed} tests.')
    if result.skipped:
        print(f'[  SKIPPED ] {len(result.skipped)} tests.')
    if failed:
        print(f'[  FAILED  ] {failed} tests.')
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == '__main__':
    sys.exit(main())
