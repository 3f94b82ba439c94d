# SPDX-License-Identifier: Apache-2.0
"""The Test Anything Protocol, as far as the Python drivers need it.

    tap = Tap()
    with tap.case("kubectl shows the plugin's message"):
        assert "..." in text
    tap.skip("Go peers", "go is not installed")
    tap.done()
"""
import contextlib
import sys
import traceback


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    @contextlib.contextmanager
    def case(self, name):
        """One numbered result; an exception inside is a failure, shown as a comment."""
        self.count += 1
        try:
            yield
        except Exception:  # every fault of a case is that case's failure
            self.failed += 1
            print(f"not ok {self.count} - {name}")
            for line in traceback.format_exc().splitlines():
                print("# " + line)
        else:
            print(f"ok {self.count} - {name}")
        sys.stdout.flush()

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def done(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)
