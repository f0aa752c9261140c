"""The rooms of the house: each imports from those below it, none from above, and nothing in `partners` from `genesis`.
A function, class or constant has a name of its own."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.module_loading import import_string

import partners
from partners.nouns import NOUNS, Noun
from partners.tables.columns import Table

ROOT = Path(partners.__file__).parent
# From the roof to the ground. Rooms in one line stand on one floor and may know each other.
FLOORS = (
    ("urls", "apps", "middleware", "telemetry", "limits"),
    ("templatetags",),
    ("views",),
    ("admin", "curation"),
    ("management",),
    ("pictures",),
    ("head",),
    ("searched", "site_pages"),
    ("health",),
    ("triggers",),
    ("backups",),
    ("versions",),
    ("exchange",),
    ("links",),
    ("formats",),
    ("findings",),
    ("changes",),
    ("context", "nouns"),
    ("caching", "drawn", "partial", "replicas", "requests", "responses"),
    ("provenance",),
    ("tables",),
    ("selection",),
    ("engines",),
    ("models", "querysets"),
    (
        *(
            "composed",
            "days",
            "folding",
            "isolation",
            "kept",
            "languages",
            "money",
            "places",
            "release",
            "texts",
            "tracking",
        ),
        *("curation_vocabularies", "vocabularies", "web_addresses", "written"),
    ),
)
HEIGHT = {room: height for height, floor in enumerate(reversed(FLOORS)) for room in floor}
# Their modules show the schema as it was, whatever has moved since.
NO_ROOMS = {"migrations", "__init__"}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module with the room that it stands in."""
    for path in sorted(ROOT.rglob("*.py")):
        room = path.relative_to(ROOT).with_suffix("").parts[0]
        if room not in NO_ROOMS:
            yield room, path


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """The modules that a module imports, anywhere in it, each with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [node.module]
                if node.module != "partners"
                else [f"partners.{each.name}" for each in node.names]
            )
            yield from ((node.lineno, name) for name in names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)


def test_every_room_has_its_floor():
    assert {room for room, _path in modules()} == set(HEIGHT)


def places_in_readme() -> Iterator[Path]:
    """The files and folders that the tables of the README name; the later ones of a row stand beside the first."""
    for row in re.findall(r"^\|(.+)\|$", (ROOT.parent / "README.md").read_text(), re.MULTILINE):
        folder = Path()
        for name in re.findall(r"`([\w./-]+(?:/|\.py|\.po))`", row):
            beside = ROOT.parent / folder / name
            path = beside if beside.exists() else ROOT.parent / name
            folder = folder if folder.parts else Path(name).parent
            yield path


def test_readme_names_every_room_and_no_other():
    places = list(places_in_readme())

    assert [str(path) for path in places if not path.exists()] == []
    assert set(HEIGHT) <= {
        path.relative_to(ROOT).with_suffix("").parts[0] for path in places if path.is_relative_to(ROOT)
    }


def test_no_import_runs_back_up():
    wrong = [
        f"{path.relative_to(ROOT.parent)}:{line} imports {name}"
        for room, path in modules()
        for line, name in imported(path)
        if name.split(".")[0] == "genesis"
        or (name.startswith("partners.") and HEIGHT[name.split(".")[1]] > HEIGHT[room])
    ]

    assert wrong == []


# What several modules have to call the same: Python, Django or this project finds it by its name.
SHARED_NAMES = {
    "__all__": "what a package offers",
    "register": "Django finds the tags and filters of a library by it",
    "DatabaseWrapper": "Django finds a backend by it",
    "DatabaseOperations": "the backend names it",
    "DatabaseSchemaEditor": "the backend names it",
    "for_sqlite": "one kind of thing for each topic of the triggers",
    "for_postgresql": "the same on the other engine",
}
# Their functions are called as templates call them; each command is a `Command`.
NAMED_FOR_OTHERS = {"templatetags", "management"}


def names_defined(path: Path) -> Iterator[tuple[str, bool]]:
    """The names that a module defines at its top level, not those that it imports; and whether each is a constant."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, False
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (each for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
            yield from ((each.id, True) for each in names if isinstance(each.ctx, ast.Store))


def test_a_name_is_defined_in_one_module():
    found: dict[str, set[str]] = {}
    for room, path in modules():
        for name, is_constant in names_defined(path):
            if name not in SHARED_NAMES and name != "_" and (is_constant or room not in NAMED_FOR_OTHERS):
                found.setdefault(name, set()).add(str(path.relative_to(ROOT)))

    assert {name: places for name, places in found.items() if len(places) > 1} == {}


# What a kind of record alone has is said in its declaration, so the rooms above it ask the declaration and not which
# kind it is. These compare models for another reason.
ABOVE_NOUNS = [room for room, height in HEIGHT.items() if height > HEIGHT["nouns"]]
ASK_WHICH = {
    "changes/between.py": "As the past: agreements alone are public by what belongs to them.",
    "changes/past.py": "Agreements alone are public by what belongs to them, and sources by what they support.",
    "triggers/public_changes.py": "The citations of a source change what it supports.",
    "triggers/addresses.py": "Readers see a source where a public record cites it.",
    "admin/used_by.py": "What readers lose with a record is another thing for each kind.",
    "admin/agreements.py": "Asks which of its own formsets it saves.",
    "admin/needs.py": "Agreements alone can be published and yet be hidden.",
}


def is_kind_of_record(value: object) -> bool:
    """Whether something stands for one kind of record: its model, its table or its declaration."""
    models = {noun.model for noun in NOUNS}
    return isinstance(value, Noun | Table) or (isinstance(value, type) and value in models)


def names_of_nouns() -> set[str]:
    """What stands for a kind of record in texts: its names and its routes."""
    return {
        name for noun in NOUNS for name in (noun.name, noun.record_name, noun.page_route, noun.detail_route)
    }


def cases_by_kind(path: Path) -> Iterator[int]:
    """The lines of a module where something is chosen by the kind of a record."""
    name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    known = vars(importlib.import_module(name))
    texts = names_of_nouns()

    def is_kind(node: ast.expr | None) -> bool:
        return isinstance(node, ast.Name) and is_kind_of_record(known.get(node.id))

    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if any(map(is_kind, node.keys)) or (len(keys) > 1 and keys <= texts):
                yield node.lineno
        elif isinstance(node, ast.Compare) and any(map(is_kind, [node.left, *node.comparators])):
            yield node.lineno


def test_what_one_kind_of_record_has_alone_stands_in_its_declaration():
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for room, path in modules()
        if room in ABOVE_NOUNS and str(path.relative_to(ROOT)) not in ASK_WHICH
        for line in cases_by_kind(path)
    }

    assert found == set()


def test_what_declarations_name_in_other_rooms_is_there():
    named = [
        path
        for noun in NOUNS
        for path in (
            noun.list_view,
            noun.list_description,
            noun.page_context,
            noun.page_description,
            noun.picture_view,
        )
        if path
    ]

    assert all(callable(import_string(path)) for path in named)
    assert all(noun.listing or noun.list_view for noun in NOUNS if noun.has("list"))
