"""The columns of the amounts that agreements name, and what the table of agreements shows of them."""

from django.utils.translation import gettext_lazy as _

from partners.models import AgreementAmount
from partners.money import amount_in_words, currency_name, plain_number
from partners.tables.columns import (
    Column,
    Related,
    Table,
    objects_of,
    type_of_cell,
    type_of_object,
)
from partners.tables.recurring import (
    NO_WORD,
    date_column,
    label_column,
    owner_column,
    record_columns,
    slug_column,
    term_columns,
    text_columns,
)
from partners.vocabularies import AmountKind, Exactness

AGREEMENT_AMOUNTS = Table(
    name="agreement_amounts",
    title=_("Amounts"),
    description=_(
        "The sums that agreements name. They differ in kind and currency: do not add them up. Only amounts entered as "
        "data are here: one that a text mentions alone is not."
    ),
    model=AgreementAmount,
    key=("agreement_amount",),
    columns=(
        slug_column(
            "agreement_amount", _("Amount (key)"), _("The stable name of the amount."), not_in=NO_WORD
        ),
        owner_column("agreement", _("Agreement"), _("The agreement."), "agreements"),
        *term_columns("kind", _("Kind of amount"), _("What the sum is."), AmountKind, required=True),
        *term_columns(
            "exactness", _("Exactness"), _("How the source qualifies it."), Exactness, required=True
        ),
        Column(
            name="amount",
            title=_("Amount"),
            description=_("The figure that the source names, in whole units of the currency and cents."),
            datatype="decimal",
            required=True,
        ),
        Column(name="currency", title=_("Currency"), description=_("ISO 4217."), required=True),
        label_column(
            "currency_label", "currency", _("Currency"), _("The name of the currency."), currency_name
        ),
        date_column(
            "period_start", _("Period from"), _("The first day it is for; empty where no source names it.")
        ),
        date_column(
            "period_end", _("Period until"), _("The last day it is for; empty where no source names it.")
        ),
        *record_columns(
            "giver",
            _("Given by"),
            _("The organization of the directory that gives it, where a source says so."),
            "organizations",
            heading="name",
            of_label=_("The name of that organization."),
        ),
        Column(
            name="giver_name",
            title=_("Giver outside the directory"),
            description=_("Who gives it, where that is no record of the directory."),
        ),
        *text_columns("note", _("Note"), _("What it is for.")),
    ),
)


# What an object of an amount consists of: its row, but for the agreement to which it belongs anyway.
AMOUNT_PARTS = tuple(column for column in AGREEMENT_AMOUNTS.public_columns if column.name != "agreement")
RELATED_AMOUNTS = Related(AgreementAmount.objects.all, "agreement", "slug", "currency", AMOUNT_PARTS)


def text_of_each(text_of):
    """A function from what the database gives of the amounts of an agreement to one text for each of them."""
    objects = objects_of(AMOUNT_PARTS)
    return lambda joined: [text_of(amount) for amount in objects(joined)]


def in_words(amount: type_of_object) -> type_of_cell:
    return amount_in_words(amount["kind"], amount["exactness"], amount["amount"], amount["currency"])


def list_column(name: str, title, description, convert, **options) -> Column:
    """A column of agreements with a value for each amount, in the order of their keys."""
    return Column(
        name=name,
        title=title,
        description=description,
        related=RELATED_AMOUNTS,
        convert=convert,
        stored=False,
        **options,
    )


AMOUNT_COLUMNS = (
    list_column(
        "amounts",
        _("Amounts"),
        _(
            "The sums it names: their keys in files of text, whole objects in JSON. Do not add them up. Only amounts "
            "entered as data are counted: one that a text mentions alone is not."
        ),
        objects_of(AMOUNT_PARTS),
        references="agreement_amounts",
        parts=AMOUNT_PARTS,
    ),
    list_column(
        "amount_figures",
        _("Amounts (figures)"),
        _("The figures, in the order of the keys."),
        text_of_each(lambda amount: plain_number(amount["amount"])),
    ),
    *(
        list_column(name, title, description, text_of_each(lambda amount, part=part: amount[part]))
        for name, part, title, description in (
            (
                "amount_currencies",
                "currency",
                _("Amounts (currencies)"),
                _("Their currencies (ISO 4217), in the order of the keys."),
            ),
            (
                "amount_kinds",
                "kind",
                _("Amounts (kinds)"),
                _("What the sums are, in the order of the keys; the terms stand in agreement_amounts."),
            ),
            (
                "amount_exactness",
                "exactness",
                _("Amounts (exactness)"),
                _("How the source qualifies them, in the order of the keys; likewise."),
            ),
        )
    ),
    list_column("amount_labels", _("Amounts (labels)"), _("The same in words."), text_of_each(in_words)),
)
