"""A part of a file for whoever takes up a download that broke off (RFC 9110, section 14).

One range of bytes is answered; several at once are answered with the whole file, as the standard allows. WhiteNoise
does the same for static files, but takes "bytes=0-0" for a range that there is not.
"""

import re

from django.http import FileResponse, HttpResponse
from whitenoise.responders import SlicedFile

RANGE = re.compile(r"bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)", re.IGNORECASE)
# More digits than any file has bytes; longer numbers cost time to read.
MOST_RANGE_DIGITS = 18


def in_part(request, response: FileResponse) -> HttpResponse:
    """The part of a file that was asked for: 206, 416 where the file ends before it, or the whole file."""
    response["Accept-Ranges"] = "bytes"
    size = int(response["Content-Length"])
    wanted = asked_range(request.headers.get("Range", ""), size) if request.method == "GET" else None
    if wanted is None or not is_unchanged(request, response):
        return response
    if wanted == ():
        response.file_to_stream.close()
        headers = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        return HttpResponse(status=416, headers=headers)
    first, last = wanted
    piece = SlicedFile(response.file_to_stream, first, last)
    response.status_code = 206
    response.streaming_content = iter(lambda: piece.read(response.block_size), b"")
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    return response


def asked_range(header: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """The first and the last byte that are asked for; () where there are none; None where that cannot be read."""
    match = RANGE.fullmatch(header.strip())
    if (
        not match
        or not any(match.groups())
        or any(len(number) > MOST_RANGE_DIGITS for number in match.groups())
    ):
        return None
    first, last = (int(number) if number else None for number in match.groups())
    if first is None:
        # The last so many bytes.
        return (max(size - last, 0), size - 1) if last and size else ()
    if last is not None and last < first:
        return None
    return (first, min(last, size - 1) if last is not None else size - 1) if first < size else ()


def is_unchanged(request, response: FileResponse) -> bool:
    """Whether the file is still the one of which the first part was taken, where that is said: by its strong ETag."""
    condition = request.headers.get("If-Range", "").strip()
    return not condition or not condition.startswith("W/") and condition == response.get("ETag")
