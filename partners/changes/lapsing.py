"""Which citations stand for an earlier value once steps are written: what they support is changed, and they are not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from partners.changes.history import RowStep
from partners.changes.writing import WRITTEN_AT_ONCE, folded_from
from partners.engines.batches import batches
from partners.models import Citation
from partners.models.belonging import owners
from partners.models.sources import TARGETS

# The column of a citation that names what changed, its key, and the field of the citation.
type_of_cited = tuple[str, int, str]


@dataclass
class Lapsing:
    """The citations that stand now and will not once all steps are written that were looked at.

    `found` has for each the record, the field and the source that it names. Memory grows with them, not with the steps.
    """

    found: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    renewed: set[int] = field(default_factory=set)

    def look_at(self, steps: Iterable[RowStep]) -> None:
        """Costs a query for each kind of record and five hundred of them, where values that can be cited change."""
        changed: dict[str, set[type_of_cited]] = {}
        for step in steps:
            is_list = step.model._meta.auto_created
            if step.before is None and not is_list:
                # Nothing is cited of what is not there yet.
                continue
            if step.model is Citation and says_anew(step):
                self.renewed.add(step.key)
            for cited in citable_changes(step):
                changed.setdefault(cited[0], set()).add(cited)
        for column, values in changed.items():
            for some in batches(sorted({key for _column, key, _field in values}), WRITTEN_AT_ONCE):
                self.find(column, some, values)

    def find(self, column: str, keys: list[int], changed: set[type_of_cited]) -> None:
        standing = Citation.objects.filter(supports_current=True, **{f"{column}__in": keys})
        target = column.removesuffix("_id") if column.removesuffix("_id") in TARGETS else "agreement"
        rows = standing.exclude(field="").order_by(f"{target}__slug", "field", "source__slug")
        for citation, key, name, *said in rows.values_list(
            "pk", column, "field", f"{target}__slug", "field", "source__slug"
        ):
            if (column, key, name if target == column.removesuffix("_id") else "") in changed:
                self.found[citation] = tuple(said)

    def citations(self) -> list[tuple[str, str, str]]:
        """The record, the field and the source of each."""
        return [said for citation, said in self.found.items() if citation not in self.renewed]

    def lines(self) -> list[str]:
        return [f"{record}, {name}: {source}" for record, name, source in self.citations()]


def says_anew(step: RowStep) -> bool:
    """Whether a citation goes, or says from then on which value it supports."""
    return step.after is None or "value" in step.after


def citable_changes(step: RowStep) -> Iterator[type_of_cited]:
    """The values that a step changes and that can be cited."""
    if step.model._meta.auto_created:
        ((column, owner),) = owners(step.model).items()
        relation = next(each for each in owner._meta.many_to_many if each.remote_field.through is step.model)
        values = step.before or step.after
        yield f"{owner.citation_field()}_id", values[column], relation.name
        return
    if step.after is None:
        return
    for name, model in TARGETS.items():
        if model is step.model:
            cited = (each.name for each in step.changed if each.name in model.citable_fields)
            yield from ((f"{name}_id", step.key, each) for each in cited)
    for named in Citation._meta.concrete_fields:
        # An amount is cited as a whole: the words of it follow from the same columns.
        is_row = named.null and named.is_relation and named.related_model is step.model
        is_cited = is_row and named.name not in TARGETS
        if is_cited and {each.name for each in step.changed} & folded_from(step.model):
            yield named.attname, step.key, ""
