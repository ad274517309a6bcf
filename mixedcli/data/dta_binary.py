"""The headers of .dta formats 105-115 (Stata 5 to 12): fixed binary layout, no markers."""

from __future__ import annotations

from .dta_layout import (
    Cursor,
    Descriptors,
    Order,
    add_characteristic,
    corrupt,
    decode,
    ended_early,
    read_value_label_table,
    sort_list,
)

_ORDERS: dict[int, Order] = {1: ">", 2: "<"}
_TYPES = {251: "byte", 252: "int", 253: "long", 254: "float", 255: "double"}
_TYPES_BEFORE_111 = {98: "byte", 105: "int", 108: "long", 102: "float", 100: "double"}


def read_binary(data: bytes) -> Descriptors:
    """Descriptors of a file of format 105-115, whose first three bytes have been checked.

    Raises: StataError r(612) if the file ends early, r(688) if it contradicts itself.
    """
    release, order = data[0], _ORDERS[data[1]]
    cursor = Cursor(data, order, unicode=False, at=4)
    found = Descriptors(release, order, nvar=cursor.number(2), nobs=cursor.number(4))
    found.label = cursor.text(81 if release > 105 else 32)
    found.timestamp = cursor.text(18)
    _read_variables(cursor, found)
    _read_expansions(cursor, found)
    found.data_at = cursor.skip(found.nobs * sum(found.widths))
    _read_value_labels(cursor, found)
    return found


def _read_variables(cursor: Cursor, found: Descriptors) -> None:
    name_size = 33 if found.release >= 110 else 9
    found.storages = [_storage(code, found.release) for code in cursor.take(found.nvar)]
    found.names = cursor.texts(found.nvar, name_size)
    found.sort = sort_list(cursor.integers(found.nvar + 1, 2), found.nvar)
    found.formats = cursor.texts(found.nvar, 49 if found.release >= 114 else 12)
    found.attached = cursor.texts(found.nvar, name_size)
    found.labels = cursor.texts(found.nvar, 81 if found.release > 105 else 32)


def _storage(code: int, release: int) -> str:
    named = (_TYPES if release >= 111 else _TYPES_BEFORE_111).get(code)
    if named:
        return named
    length = code if release >= 111 else code - 127
    if not 1 <= length <= 244:
        raise corrupt("The file does not record a storage type as expected.")
    return f"str{length}"


def _read_expansions(cursor: Cursor, found: Descriptors) -> None:
    """Expansion fields; those of type 1 are characteristics: a variable, a name, the text."""
    length_size = 4 if found.release >= 110 else 2
    name_size = 33 if found.release >= 110 else 9
    while True:
        kind, length = cursor.number(1), cursor.number(length_size)
        if kind == 0 and length == 0:
            return
        content = cursor.take(length)
        if kind == 1 and length >= 2 * name_size:
            owner, name = (decode(content[i : i + name_size], False) for i in (0, name_size))
            add_characteristic(found.characteristics, owner, name, decode(content[2 * name_size :], False))


def _read_value_labels(cursor: Cursor, found: Descriptors) -> None:
    name_size = 33 if found.release >= 110 else 9
    if found.release < 108:
        _read_short_value_labels(cursor, found)
        return
    while cursor.left:
        size = cursor.number(4)
        name = cursor.text(name_size)
        cursor.skip(3)
        found.value_labels[name] = read_value_label_table(cursor, size)


def _read_short_value_labels(cursor: Cursor, found: Descriptors) -> None:
    """Format 105: a count, a name, then two-byte values and eight-byte texts."""
    while cursor.left:
        count = cursor.number(2)
        name = cursor.text(9)
        cursor.skip(1)
        if count * 10 > cursor.left:
            raise ended_early()
        values = cursor.integers(count, 2)
        found.value_labels[name] = {float(v): t for v, t in zip(values, cursor.texts(count, 8), strict=True)}
