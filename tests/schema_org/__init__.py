"""The vocabulary of schema.org as far as this site uses it, and checks of a page against it. Needs no network.

`terms.csv` are terms of release 30.0 with what they are narrower than, what they belong to and what they can hold, as
published in its lists of types and properties.
"""

import csv
import datetime
import json
import re
import warnings
from functools import cache
from pathlib import Path

import pyshacl
from rdflib import RDF, Graph, Literal, Namespace, URIRef

HERE = Path(__file__).parent
SCHEMA = Namespace("https://schema.org/")
DAY = r"\d{4}(-\d\d(-\d\d)?)?"
MOMENT = rf"{DAY}T\d\d:\d\d:\d\d(\+00:00|Z)"
# Values that are texts, by what a property can hold.
WRITTEN = {
    "Text": re.compile(".+", re.DOTALL),
    "Date": re.compile(DAY),
    "DateTime": re.compile(MOMENT),
    "Boolean": re.compile("true|false"),
    "Integer": re.compile(r"\d+"),
    "Number": re.compile(r"\d+(\.\d+)?"),
}


@cache
def terms() -> dict[str, dict]:
    with (HERE / "terms.csv").open(newline="") as file:
        lists = ("broader", "domain", "range")
        return {
            row["term"]: row | {name: row[name].split(";") if row[name] else [] for name in lists}
            for row in csv.DictReader(file)
        }


@cache
def context() -> dict:
    """What the published context says of these terms: which values are addresses, and which are dates."""
    said = {"@vocab": str(SCHEMA)}
    for name, term in terms().items():
        if term["kind"] == "property" and not WRITTEN.keys() & term["range"]:
            said[name] = {"@type": "@id"}
    return said


def above(type: str) -> set[str]:
    """A type and all that it is narrower than."""
    return {type}.union(*(above(each) for each in terms()[type]["broader"])) if type in terms() else {type}


def read(described: dict) -> Graph:
    """A description as statements, as a program that knows schema.org reads it."""
    assert described["@context"] == "https://schema.org"
    # The annotations of actions are no terms: "query-input" is about "query".
    with warnings.catch_warnings():
        # The reader of JSON-LD in rdflib uses what rdflib itself calls outdated.
        warnings.simplefilter("ignore", DeprecationWarning)
        graph = Graph().parse(data=json.dumps(described | {"@context": context()}), format="json-ld")
    for subject, word, value in list(graph):
        if match := re.fullmatch(rf"{SCHEMA}(\w+)-(input|output)", str(word)):
            graph.remove((subject, word, value))
            assert terms()[match[1]]["kind"] == "property"
    return graph


def mistakes(graph: Graph) -> list[str]:
    """Every type and property that is not in the vocabulary, and every one in the wrong place or with a wrong value."""
    found = []
    for subject, predicate, value in graph:
        types = [str(type).removeprefix(SCHEMA) for type in graph.objects(subject, RDF.type)]
        name = str(predicate).removeprefix(SCHEMA)
        if predicate == RDF.type:
            type = str(value).removeprefix(SCHEMA)
            if terms().get(type, {}).get("kind") != "type":
                found.append(f"{type} is no type")
        elif terms().get(name, {}).get("kind") != "property":
            found.append(f"{name} is no property")
        elif not set().union(*map(above, types)) & set(terms()[name]["domain"]):
            found.append(f"{name} is no property of {types}")
        elif not can_hold(graph, terms()[name]["range"], value):
            found.append(f"{name} cannot hold {value!r}")
    return found


def can_hold(graph: Graph, range: list[str], value) -> bool:
    if isinstance(value, Literal):
        return any(pattern.fullmatch(str(value)) for name, pattern in WRITTEN.items() if name in range)
    types = [str(type).removeprefix(SCHEMA) for type in graph.objects(value, RDF.type)]
    if isinstance(value, URIRef) and not types:
        return re.match(r"https?://[^/\s]+", str(value)) and bool({"URL", "Thing"} & set(range))
    return bool(set().union(*map(above, types)) & set(range))


@cache
def shapes() -> Graph:
    return Graph().parse(HERE / "shapes.ttl")


def judge(graph: Graph) -> str:
    """What the shapes say against a graph; nothing where all is well."""
    conforms, _results, text = pyshacl.validate(with_datatypes(graph), shacl_graph=shapes())
    return "" if conforms else text


def with_datatypes(graph: Graph) -> Graph:
    """The same statements with dates that can be compared, as the published context types them."""
    typed = Graph()
    for subject, predicate, value in graph:
        name = str(predicate).removeprefix(SCHEMA)
        if isinstance(value, Literal) and {"Date", "DateTime"} & set(terms().get(name, {}).get("range", ())):
            text = str(value)
            if re.fullmatch(MOMENT, text):
                value = Literal(datetime.datetime.fromisoformat(text))
            elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
                value = Literal(datetime.date.fromisoformat(text))
        typed.add((subject, predicate, value))
    return typed
