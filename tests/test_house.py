"""The rooms of the house: each imports from those below it, none from above, and nothing in `partners` from `genesis`.
What a function or class is called is called so in one module only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import partners

ROOT = Path(partners.__file__).parent
# From the roof to the ground. Rooms in one line stand on one floor and may know each other.
FLOORS = (
    ("urls", "apps", "middleware"),
    ("templatetags",),
    ("views",),
    ("admin", "curation"),
    ("management",),
    ("head",),
    ("searched", "site_pages"),
    ("triggers",),
    ("versions",),
    ("exchange",),
    ("formats",),
    ("changes",),
    ("context", "nouns"),
    ("caching", "requests", "responses", "partial"),
    ("provenance",),
    ("tables",),
    ("selection",),
    ("engines",),
    ("models", "querysets"),
    ("days", "folding", "isolation", "languages", "money", "places", "release", "texts", "vocabularies"),
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


def test_no_import_runs_back_up():
    wrong = [
        f"{path.relative_to(ROOT.parent)}:{line} imports {name}"
        for room, path in modules()
        for line, name in imported(path)
        if name.split(".")[0] == "genesis"
        or (name.startswith("partners.") and HEIGHT[name.split(".")[1]] > HEIGHT[room])
    ]

    assert wrong == []


# What several modules have to call the same: Django finds it by its name, or it is one kind of thing for each.
SHARED_NAMES = {"DatabaseWrapper", "DatabaseSchemaEditor", "for_sqlite", "for_postgresql"}
# Their functions are called as templates call them.
NAMED_FOR_OTHERS = {"templatetags", "management"}


def test_a_name_of_a_function_or_class_stands_in_one_module():
    found: dict[str, list[str]] = {}
    for room, path in modules():
        if room in NAMED_FOR_OTHERS:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name not in SHARED_NAMES | {"_"}:
                found.setdefault(node.name, []).append(str(path.relative_to(ROOT)))

    assert {name: places for name, places in found.items() if len(places) > 1} == {}
