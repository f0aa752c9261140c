"""What a screen reader says of a page: its accessibility tree, as the browser gives it to such programs, in phrases."""

from collections.abc import Iterator
from dataclasses import dataclass, field

LANDMARKS = {
    "banner", "navigation", "main", "contentinfo", "search", "form", "region", "complementary", "group", "figure",
}  # fmt: skip
# Said as a whole by their names: what is in them is not said again.
NAMED_WHOLE = {
    "link", "button", "heading", "image", "checkbox", "radio", "textbox", "searchbox", "combobox", "spinbutton",
    "option", "DisclosureTriangle", "caption",
}  # fmt: skip
CELLS = {"cell", "gridcell", "columnheader", "rowheader"}
STATES = {
    "expanded": {True: "expanded", False: "collapsed"},
    "checked": {"true": "checked", "false": "not checked"},
    "disabled": {True: "disabled"},
    "level": {},
}


@dataclass
class Node:
    """A node of the accessibility tree: its role, its name, its states by name, and the nodes in it."""

    role: str
    name: str
    states: dict
    inside: list["Node"] = field(default_factory=list)

    def all(self) -> Iterator["Node"]:
        yield self
        for each in self.inside:
            yield from each.all()

    def of_role(self, *roles: str) -> list["Node"]:
        return [each for each in self.all() if each.role in roles]

    @property
    def text(self) -> str:
        """What is read of a node as a whole: its name, else the texts in it."""
        if self.name:
            return self.name
        return " ".join(filter(None, (each.text for each in self.inside)))


def read_page(page) -> Node:
    """The accessibility tree of a page, without the nodes that say nothing."""
    session = page.context.new_cdp_session(page)
    found = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {each["nodeId"]: each for each in found}
    return Node("page", page.title(), {}, list(nodes_in(found[0], by_id)))


def nodes_in(raw: dict, by_id: dict[str, dict]) -> Iterator[Node]:
    """The nodes below one. Those that are ignored give way to what is in them."""
    for key in raw.get("childIds", ()):
        child = by_id.get(key)
        if child is None:
            continue
        role = child.get("role", {}).get("value", "")
        inside = list(nodes_in(child, by_id))
        if child.get("ignored") or role in {"none", "generic", "InlineTextBox", "RootWebArea"}:
            yield from inside
            continue
        name = " ".join(child.get("name", {}).get("value", "").split())
        states = {each["name"]: each["value"].get("value") for each in child.get("properties", ())}
        yield Node(role, name, states, inside)


def phrases(node: Node) -> Iterator[str]:
    """What is said of everything in a node, in order."""
    for each in node.inside:
        if each.role == "StaticText":
            yield each.name
        elif each.role in {"list", "table", "row", *LANDMARKS, *NAMED_WHOLE, *CELLS}:
            yield phrase(each)
        if each.role == "heading":
            yield from (phrase(link) for link in each.of_role("link"))
        elif each.role == "LabelText":
            yield from (phrase(control) for control in each.of_role(*NAMED_WHOLE))
        elif each.role not in NAMED_WHOLE:
            yield from phrases(each)


def phrase(node: Node) -> str:
    """What is said when a node is reached: "heading 2, Partners"; "link, NVIDIA"; "list, 24 items"."""
    said = [f"heading {node.states['level']}" if node.role == "heading" else node.role]
    if node.role == "list":
        said.append(f"{len([each for each in node.inside if each.role == 'listitem'])} items")
    if node.role == "table":
        said.append(f"{len(node.of_role('row'))} rows")
    text = node.name or (node.text if node.role in {*NAMED_WHOLE, *CELLS} else "")
    said += [text] if text else []
    said += [words[node.states[state]] for state, words in STATES.items() if node.states.get(state) in words]
    return ", ".join(said)
