"""The rooms of the house: each imports from those below it, none from above, and nothing in `partners` from `genesis`.
A function, class or constant has a name of its own."""

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


# What several modules have to call the same: Python, Django or this project finds it by its name.
SHARED_NAMES = {
    "__all__": "what a package offers",
    "register": "Django finds the tags and filters of a library by it",
    "DatabaseWrapper": "Django finds a backend by it",
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
