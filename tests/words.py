"""Every text that people read, taken from templates and modules. `python -m tests.words [WORD]` lists them for a reader."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import django
from django.template.base import TokenType

ROOT = Path(__file__).parent.parent
# Calls whose first arguments are texts to translate; a context stands before the text.
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
MARKS_WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
# Attributes that are read out or shown.
READ_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt"}
# What stands between these is no language of people.
CODE = {"code", "kbd", "pre", "script", "style", "svg"}
IN_TAG = re.compile(r"""_\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")
SENTENCE = re.compile(r"[A-Z][a-z]+(?:,? [a-z]+){2}")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]*>|&\w+;")


@dataclass(frozen=True)
class Text:
    """A text with the place where it is written."""

    path: str
    line: int
    words: str

    @property
    def said(self) -> str:
        """The words alone, without what is put in and without markup."""
        return " ".join(PLACEHOLDER.sub(" ", self.words).split())

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.*"))


def modules_with_texts() -> list[Path]:
    return [path for path in sorted((ROOT / "partners").rglob("*.py")) if "migrations" not in path.parts]


def visible_texts() -> list[Text]:
    """Every text to translate, in the order of the files."""
    return [
        *(text for path in templates() for text in texts_of_template(path)),
        *(text for path in modules_with_texts() for text in texts_of_module(path)),
    ]


# Templates -----------------------------------------------------------------------------------------------------------


def tokens_of(path: Path):
    from django.template.base import Lexer

    return Lexer(path.read_text(encoding="utf-8")).tokenize()


def texts_of_template(path: Path) -> Iterator[Text]:
    """What the tags for translation hold: a block has its singular and its plural."""
    name, block = str(path.relative_to(ROOT)), None
    for token in tokens_of(path):
        tag = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if block is not None:
            if token.token_type is TokenType.BLOCK and tag in ("plural", "endblocktranslate"):
                yield Text(name, token.lineno, " ".join("".join(block).split()))
                block = [] if tag == "plural" else None
            elif token.token_type is TokenType.VAR:
                block.append(f"%({token.contents})s")
            else:
                block.append(token.contents)
        elif token.token_type is TokenType.BLOCK and tag == "blocktranslate":
            block = []
        elif token.token_type is TokenType.BLOCK and tag == "translate":
            yield Text(name, token.lineno, token.split_contents()[1][1:-1])
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for found in IN_TAG.finditer(token.contents):
                yield Text(name, token.lineno, found[1] or found[2])


class Literals(HTMLParser):
    """Collects texts and attributes that people read, with their lines."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.code = 0

    def handle_starttag(self, tag, attrs):
        self.code += tag in CODE
        read = [value for name, value in attrs if name in READ_ATTRIBUTES and value]
        self.found += [(self.getpos()[0], value) for value in read]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.code -= tag in CODE

    def handle_endtag(self, tag):
        self.code -= tag in CODE

    def handle_data(self, data):
        if not self.code:
            self.found.append((self.getpos()[0], data))


def literals_of_template(path: Path) -> Iterator[Text]:
    """What a template writes by itself, outside every tag."""
    parser, within = Literals(), ""
    for token in tokens_of(path):
        kept = "\n" * token.contents.count("\n")
        if token.token_type is TokenType.BLOCK:
            tag = token.contents.split(maxsplit=1)[0]
            if tag in ("blocktranslate", "comment") and not within:
                within = f"end{tag}"
            elif token.contents == "block bodyclass":
                within = "endblock"
            elif tag == within:
                within = ""
        elif token.token_type is TokenType.TEXT and not within:
            kept = token.contents
        parser.feed(kept)
    parser.close()
    name = str(path.relative_to(ROOT))
    for line, words in parser.found:
        if words.strip():
            yield Text(name, line, " ".join(words.split()))


# Modules -------------------------------------------------------------------------------------------------------------


def called(node: ast.AST) -> str:
    """The name of the function that a node calls; "" for other nodes."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def texts_of_module(path: Path) -> Iterator[Text]:
    """The texts that are given to gettext and its kin."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = called(node)
        if name in MARKS or name in MARKS_WITH_CONTEXT:
            first = int(name in MARKS_WITH_CONTEXT)
            for argument in node.args[first : first + (2 if "ngettext" in name else 1)]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield Text(str(path.relative_to(ROOT)), argument.lineno, argument.value)


def sentences_of_module(path: Path) -> Iterator[Text]:
    """Texts that look like sentences and are given to no function that translates: what a page may say in one language.

    Docstrings, errors for developers and reasons that only the code reads are none.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    apart = set()
    for node in ast.walk(tree):
        is_reason = isinstance(node, ast.keyword) and node.arg in ("without", "not_in", "permissions")
        is_read = called(node) in MARKS | MARKS_WITH_CONTEXT
        if is_reason or is_read or isinstance(node, ast.Expr | ast.Raise):
            apart |= {id(each) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in apart or not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if SENTENCE.match(node.value):
            yield Text(str(path.relative_to(ROOT)), node.lineno, node.value)


if __name__ == "__main__":
    django.setup()
    for text in visible_texts():
        if all(word.lower() in text.words.lower() for word in sys.argv[1:]):
            print(text)
