"""What every page of the site must be like, as a list of faults."""

from collections import Counter
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from django.utils.html import strip_tags

# Elements that load or send something, and where to.
_LOADS = {
    "audio": ["src"],
    "button": ["formaction"],
    "embed": ["src"],
    "form": ["action"],
    "iframe": ["src"],
    "image": ["href", "{http://www.w3.org/1999/xlink}href"],
    "img": ["src", "srcset"],
    "input": ["src", "formaction"],
    "link": ["href"],
    "object": ["data"],
    "script": ["src"],
    "source": ["src", "srcset"],
    "track": ["src"],
    "use": ["href", "{http://www.w3.org/1999/xlink}href"],
    "video": ["src", "poster"],
}
# Attributes that name ids of other elements.
_REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "list", "form")
_DATA = {"application/json", "application/ld+json"}
# What names a thing in words without loading it.
_PLAIN_LINKS = {"alternate", "canonical", "help", "license", "next", "prev"}


def said(response) -> str:
    """What the messages of a page say to whoever reads it: without the addresses of their links."""
    return strip_tags(" ".join(str(message) for message in response.context["messages"]))


def faults(page: str) -> list[str]:
    """What is wrong with the HTML of ``page``; nothing, if it is as it should be."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    document = parser.parse(page)
    found = [
        f"line {line}: HTML {code} {details if details else ''}".rstrip()
        for (line, _column), code, details in parser.errors
    ]
    elements = [(e.tag.rpartition("}")[2], e) for e in document.iter() if isinstance(e.tag, str)]
    found += _frame_faults(document, elements)
    found += _script_and_style_faults(elements)
    found += _reference_faults(elements)
    return found


def _frame_faults(document: Element, elements: list[tuple[str, Element]]) -> list[str]:
    found = []
    headings = ["".join(e.itertext()).strip() for tag, e in elements if tag == "h1"]
    if len(headings) != 1:
        found.append(f"{len(headings)} <h1>: {headings}")
    elif not headings[0]:
        found.append("the <h1> is empty")
    if not document.get("lang"):
        found.append("no lang")
    titles = ["".join(e.itertext()).strip() for e in document.iterfind("head/title")]
    if len(titles) != 1 or not titles[0] or titles[0].startswith("–"):
        found.append(f"title: {titles}")
    if (mains := sum(tag == "main" or e.get("role") == "main" for tag, e in elements)) != 1:
        found.append(f"{mains} <main>")
    return found


def _script_and_style_faults(elements: list[tuple[str, Element]]) -> list[str]:
    found = []
    for tag, element in elements:
        if tag == "script" and element.get("src") is None and element.get("type") not in _DATA:
            found.append(f"script in the page: {(element.text or '')[:60]!r}")
        if tag == "style":
            found.append("style sheet in the page")
        for name, value in element.attrib.items():
            if name == "style" or name.startswith("on"):
                found.append(f'<{tag} {name}="{value}">')
            if name in ("href", "src", "action", "formaction") and value.strip().lower().startswith("javascript:"):
                found.append(f'<{tag} {name}="{value}">')
        for name in _LOADS.get(tag, []):
            if tag == "link" and element.get("rel") in _PLAIN_LINKS:
                continue
            if urlsplit(element.get(name, "")).netloc:
                found.append(f'another host: <{tag} {name}="{element.get(name)}">')
    return found


def _reference_faults(elements: list[tuple[str, Element]]) -> list[str]:
    ids = Counter(element.get("id") for _tag, element in elements if element.get("id") is not None)
    found = [f"{count} elements with the id {name!r}" for name, count in ids.items() if count > 1]
    for tag, element in elements:
        for attribute in _REFERENCES:
            missing = [name for name in element.get(attribute, "").split() if name not in ids]
            found += [f"<{tag} {attribute}>: no element has the id {name!r}" for name in missing]
        href = element.get("href", "")
        if tag == "a" and href.startswith("#") and href[1:] not in {"", "top", *ids}:
            found.append(f"<a>: no element has the id {href[1:]!r}")
    return found
