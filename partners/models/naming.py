"""What records are called, and slugs for those that are written down without one."""

from collections.abc import Collection

from anyascii import anyascii
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext as _

from partners.folding import fold
from partners.models.fields import RESERVED


def slug_after(name: str) -> str:
    """A name as a slug, in Latin letters: "Łódź AI" is "lodz-ai", "Яндекс" is "yandeks". "" where nothing of it can be
    written so, as of a name of emoji."""
    words = []
    for word in name.split():
        folded = fold(word)
        words.append(folded if folded.isascii() else fold(anyascii(word)))
    return slugify(" ".join(words))


def without_texts(rows: models.QuerySet, of: str = "") -> models.QuerySet:
    """Rows, or the records that they lead to by the relation `of`, without their long texts: enough to say what each is
    called, and half of the reading where they are many."""
    model = rows.model._meta.get_field(of).related_model if of else rows.model
    texts = [each.name for each in model._meta.concrete_fields if isinstance(each, models.TextField)]
    return rows.defer(*(f"{of}__{name}" if of else name for name in texts))


def free_slug(model: type[models.Model], *names: str) -> str:
    """A slug that no record of a model has, after the first of these names of which one can be made: "arcee-ai", then
    "arcee-ai-2". Raises ValidationError, with advice, where one can be made of none."""
    longest = model._meta.get_field("slug").max_length
    base = next(filter(None, map(slug_after, names)), "")[:longest].strip("-")
    if not base:
        raise ValidationError(no_slug_can_be_made(names[0]))
    used = model._base_manager.filter(slug__startswith=base[: longest - 6]).values_list("slug", flat=True)
    return numbered(base, {*used, RESERVED}, longest)


def no_slug_can_be_made(name: str) -> str:
    return (
        _(
            "No address can be made from “%s”. Write one yourself: Latin letters, digits and hyphens, such as arcee-ai."
        )
        % name
    )


def numbered(base: str, taken: Collection[str], longest: int) -> str:
    """The first of "base", "base-2", "base-3" and so on that is not taken, cut to the longest that it may be."""
    slug, number = base[:longest], 1
    while slug in taken:
        number += 1
        slug = f"{base[: longest - len(str(number)) - 1]}-{number}"
    return slug
