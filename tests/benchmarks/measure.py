"""One measurement in a process of its own, as `python -m tests.benchmarks` starts it; prints what it found as JSON.

DATABASE_URL leads to the data.
"""

import argparse
import json
import os
from pathlib import Path

import django


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=0, help="organizations beyond the shipped ones")
    parser.add_argument("--build", action="store_true", help="fill the database first, unless it is filled")
    parser.add_argument("--only", default="", help="the parts to measure, by comma: see PARTS")
    parser.add_argument("--flat", type=Path, help="the file that Datasette serves")
    parser.add_argument(
        "--profile", action="store_true", help="print the queries of the pages and their times"
    )
    parser.add_argument(
        "--memory", metavar="ENDING", help="print only how much memory a file takes, such as csv"
    )
    options = parser.parse_args()
    if options.build:
        data.build_once(options.size)
    if options.memory:
        print(measurement.growth_of_memory(options.memory))
        return
    found = measurement.Measurement(options.size, options.flat).run(
        list(filter(None, options.only.split(",")))
    )
    if options.profile:
        measurement.profile()
    print(json.dumps(found))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    # The models can be imported from here on.
    from tests.benchmarks import data, measurement

    main()
