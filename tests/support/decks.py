"""Files of slides: small ones that pass, and ones that must not."""

import io
import zipfile
from collections.abc import Sequence

_PRESENTATION = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OUTSIDE = ' TargetMode="External"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def archive(parts: dict[str, str | bytes], *, packed: bool = True) -> bytes:
    """A packed archive of ``parts``."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        for name, part in parts.items():
            made.writestr(name, part)
    return content.getvalue()


def relations(*rows: tuple[str, str, str]) -> str:
    """The relations of a part: number, kind, target; one that leads outside has a colon or a backslash in it."""
    lines = "".join(
        f'<Relationship Id="{number}" Type="{_OFFICE}/{kind}" Target="{target}"'
        + (_OUTSIDE if ":" in target or "\\" in target else "")
        + "/>"
        for number, kind, target in rows
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def pptx_parts(
    pages: int = 2, *, size: tuple[int, int] = (12192000, 6858000), font: str = "Arial", main: str = _PRESENTATION
) -> dict[str, str | bytes]:
    """The parts of a presentation with so many pages."""
    numbers = range(1, pages + 1)
    slides = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in numbers)
    theme = f'<a:theme {_A}><a:majorFont><a:latin typeface="{font}"/></a:majorFont></a:theme>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Override PartName="/ppt/presentation.xml" ContentType="{main}"/></Types>',
        "ppt/presentation.xml": f'<p:presentation {_P} xmlns:r="{_OFFICE}"><p:sldIdLst>{slides}</p:sldIdLst>'
        f'<p:sldSz cx="{size[0]}" cy="{size[1]}"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(*((f"rId{n}", "slide", f"slides/slide{n}.xml") for n in numbers)),
        "ppt/theme/theme1.xml": theme,
        **{f"ppt/slides/slide{n}.xml": f"<p:sld {_P}/>" for n in numbers},
    }


def pptx(pages: int = 2, *, more: dict[str, str | bytes] | None = None, **about) -> bytes:
    """A presentation; ``more``: further parts of it."""
    return archive(pptx_parts(pages, **about) | (more or {}))


def odp(pages: int = 2, *, more: dict[str, str | bytes] | None = None, inside: str = "") -> bytes:
    """A presentation of OpenDocument; ``inside``: XML on its first page."""
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    drawn = "".join(f"<draw:page>{inside if n == 0 else ''}</draw:page>" for n in range(pages))
    spaces = (
        f'xmlns:draw="{office}drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:script="{office}script:1.0"'
    )
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.presentation",
            "content.xml": f"<content {spaces}>{drawn}</content>",
            **(more or {}),
        }
    )


def pdf(
    pages: int = 2, *, width: int = 960, height: int = 540, root: str = "", page: str = "", more: Sequence[str] = ()
) -> bytes:
    """A PDF of empty pages; ``root`` and ``page``: more in the catalogue, or in each page; ``more`` objects."""
    kids = " ".join(f"{n + 3} 0 R" for n in range(pages))
    bodies = [f"<< /Type /Catalog /Pages 2 0 R {root} >>", f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>"]
    bodies += [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] {page} >>"] * pages
    bodies += more
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(content))
        content += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(bodies) + 1
    end = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer << /Size {count} /Root 1 0 R >>\n"
    return content + f"{end}startxref\n{len(content)}\n%%EOF\n".encode()
