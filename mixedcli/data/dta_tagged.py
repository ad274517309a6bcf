"""The headers of .dta formats 117-119 (Stata 13 and later): sections between markers.

The file's own map of offsets is not used: every section tells its length, and some writers get the map wrong.
"""

from __future__ import annotations

from ..records import record
from .dta_layout import (
    TAGGED_RELEASES,
    Cursor,
    Descriptors,
    Order,
    add_characteristic,
    corrupt,
    decode,
    is_unicode,
    not_stata_format,
    read_value_label_table,
    sort_list,
)

START = b"<stata_dta><header><release>"
TYPES = {65530: "byte", 65529: "int", 65528: "long", 65527: "float", 65526: "double", 32768: "strL"}
LONGEST_STRING = 2045
_ORDERS: dict[bytes, Order] = {b"LSF": "<", b"MSF": ">"}


@record
class Widths:
    """Sizes in bytes that differ between formats 117, 118 and 119."""

    nvar: int
    nobs: int
    label: int
    name: int
    sort: int
    format: int
    variable_label: int
    row_reference: int
    variable_reference: int


WIDTHS = {
    117: Widths(2, 4, 1, 33, 2, 49, 81, 4, 4),
    118: Widths(2, 8, 2, 129, 2, 57, 321, 8, 2),
    119: Widths(4, 8, 2, 129, 4, 57, 321, 8, 3),
}


def read_tagged(data: bytes, path: str) -> Descriptors:
    """Descriptors of a file that begins with `START`.

    Raises: StataError r(610) for an unknown release, r(612) if the file ends early, r(688) if a marker is not where it
    must be or the parts contradict each other.
    """
    at = len(START)
    release = int(data[at : at + 3]) if data[at : at + 3].isdigit() else 0
    if release not in TAGGED_RELEASES:
        raise not_stata_format(path)
    cursor = Cursor(data, "<", is_unicode(release), at + 3)
    found = _read_header(cursor, release)
    _read_variables(cursor, found)
    _read_characteristics(cursor, found)
    _read_data_and_strings(cursor, found)
    _read_value_labels(cursor, found)
    return found


def _read_header(cursor: Cursor, release: int) -> Descriptors:
    widths = WIDTHS[release]
    cursor.expect("</release><byteorder>")
    order = _ORDERS.get(cursor.take(3))
    if order is None:
        raise corrupt("The file does not record its byte order as expected.")
    cursor.order = order
    cursor.expect("</byteorder><K>")
    found = Descriptors(release, order, nvar=cursor.number(widths.nvar))
    cursor.expect("</K><N>")
    found.nobs = cursor.number(widths.nobs)
    cursor.expect("</N><label>")
    found.label = cursor.text(cursor.number(widths.label))
    cursor.expect("</label><timestamp>")
    found.timestamp = cursor.text(cursor.number(1))
    cursor.expect("</timestamp></header><map>")
    cursor.skip(14 * 8)
    cursor.expect("</map>")
    return found


def _read_variables(cursor: Cursor, found: Descriptors) -> None:
    widths, k = WIDTHS[found.release], found.nvar
    cursor.expect("<variable_types>")
    found.storages = [_storage(code & 0xFFFF) for code in cursor.integers(k, 2)]
    cursor.expect("</variable_types><varnames>")
    found.names = cursor.texts(k, widths.name)
    cursor.expect("</varnames><sortlist>")
    found.sort = sort_list(cursor.integers(k + 1, widths.sort), k)
    cursor.expect("</sortlist><formats>")
    found.formats = cursor.texts(k, widths.format)
    cursor.expect("</formats><value_label_names>")
    found.attached = cursor.texts(k, widths.name)
    cursor.expect("</value_label_names><variable_labels>")
    found.labels = cursor.texts(k, widths.variable_label)
    cursor.expect("</variable_labels>")


def _storage(code: int) -> str:
    if 1 <= code <= LONGEST_STRING:
        return f"str{code}"
    if code not in TYPES:
        raise corrupt("The file does not record a storage type as expected.")
    return TYPES[code]


def _read_characteristics(cursor: Cursor, found: Descriptors) -> None:
    name_size = WIDTHS[found.release].name
    cursor.expect("<characteristics>")
    while cursor.sees("<ch>"):
        content = cursor.take(cursor.number(4))
        owner, name = (decode(content[i : i + name_size], cursor.unicode) for i in (0, name_size))
        add_characteristic(found.characteristics, owner, name, decode(content[2 * name_size :], cursor.unicode))
        cursor.expect("</ch>")
    cursor.expect("</characteristics>")


def _read_data_and_strings(cursor: Cursor, found: Descriptors) -> None:
    cursor.expect("<data>")
    found.data_at = cursor.skip(found.nobs * sum(found.widths))
    cursor.expect("</data><strls>")
    row_size = WIDTHS[found.release].row_reference
    while cursor.sees("GSO"):
        variable, row = cursor.number(4), cursor.number(row_size)
        kind = cursor.number(1)
        content = cursor.take(cursor.number(4))
        if kind not in (129, 130):
            raise corrupt("The file does not record <strls> where expected.")
        found.long_strings[variable, row] = content if kind == 129 else decode(content, cursor.unicode)
    cursor.expect("</strls>")


def _read_value_labels(cursor: Cursor, found: Descriptors) -> None:
    name_size = WIDTHS[found.release].name
    cursor.expect("<value_labels>")
    while cursor.sees("<lbl>"):
        size = cursor.number(4)
        name = cursor.text(name_size)
        cursor.skip(3)
        found.value_labels[name] = read_value_label_table(cursor, size)
        cursor.expect("</lbl>")
    cursor.expect("</value_labels></stata_dta>")
