"""What the first screen of a page needs: its HTML and the style sheets it waits for, in bytes as gzip sends them. What
stands below everything that is shown, which only machines read, does not count.

`python -m tests.benchmarks.weight [ADDRESS]` weighs the pages of a site that runs, http://127.0.0.1:8000 by default.
"""

import gzip
import re
import sys
from collections.abc import Callable
from urllib.request import Request, urlopen

PAGES = ("/", "/partners/", "/agreements/", "/laboratories/", "/timeline/", "/sources/", "/data/", "/about/")
# The one with most agreements, and one with as many as most.
PARTNERS = ("/partners/nvidia/", "/partners/amd/")
STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"(?! media="print")')


def waited_for(page: str) -> list[str]:
    """The style sheets without which nothing is shown: those of the head, but for paper."""
    return STYLE.findall(page.partition("</head>")[0])


def weigh(path: str, get: Callable[[str], bytes]) -> int:
    """The bytes of a page and what it waits for; `get` gives what stands at a path, as it is sent."""
    page = gzip.decompress(get(path)).decode()
    shown, _below, _rest = page.partition('<script type="application/ld+json">')
    # As `keep_page` compresses it.
    return len(gzip.compress(shown.encode(), compresslevel=6)) + sum(
        len(get(style)) for style in waited_for(page)
    )


def main(site: str) -> None:
    def get(path: str) -> bytes:
        with urlopen(Request(site + path, headers={"Accept-Encoding": "gzip"})) as answer:  # noqa: S310
            return answer.read()

    for path in (*PAGES, *PARTNERS):
        print(f"{weigh(path, get):7,}  {path}")


if __name__ == "__main__":
    main((sys.argv[1:] or ["http://127.0.0.1:8000"])[0])
