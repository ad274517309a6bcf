"""The JSON envelope: schema, full precision, null for what is not finite, a stable order of keys."""

from __future__ import annotations

import json
import math

import pytest
from test_report_mixed import INTERACTION

from mixedcli.report.json import command_record, envelope, to_json
from mixedcli.results.base import Messages, Stored


def test_the_envelope_of_a_run():
    record = command_record("xtmixed gcse lrt || school:", 0, "text", INTERACTION, INTERACTION.stored(), Stored("r"))
    back = json.loads(to_json(envelope("0.1", [record], 0)))
    assert list(back) == ["schema", "program", "status", "error", "commands"]
    assert (back["schema"], back["program"], back["status"], back["error"]) == (1, "mixedcli 0.1", 0, None)
    only = back["commands"][0]
    assert list(only) == ["command", "line", "rc", "message", "text", "result", "e", "r"]
    assert (only["command"], only["rc"]) == ("xtmixed", 0)
    assert envelope("0.1", [], 1, (601, "file x not found"))["error"] == {"rc": 601, "message": "file x not found"}


def test_a_fit_at_full_precision():
    record = command_record("xtmixed gcse lrt || school:", 0, "text", INTERACTION, INTERACTION.stored(), Stored("r"))
    back = json.loads(to_json(record))
    assert back["result"]["type"] == "mixed"
    assert back["result"]["ll"] == -13992.533
    assert back["result"]["equations"][0]["parameters"][2]["sd"]["se"] == .1383159
    assert back["result"]["residual"]["raw"]["value"] is None
    b = back["e"]["matrices"]["b"]
    assert b["rows"] == ["y1"]
    assert b["columns"][2] == "gcse:2.schgend"
    assert b["values"][0][2] == .85468
    assert back["e"]["scalars"]["ll"] == -13992.533
    assert back["e"]["sample"] is True
    assert back["r"] == {"scalars": {}, "macros": {}, "matrices": {}}


def test_full_precision_and_missing_numbers():
    stored = Stored("r", {"mean": 1 / 3, "sd": math.nan, "max": math.inf, "code": 2.0**1023 * (1 + 1 / 4096)})
    back = json.loads(to_json(command_record("summarize x", 0, "", Messages(("a",)), None, stored)))
    assert back["r"]["scalars"] == {"mean": 1 / 3, "sd": None, "max": None, "code": None}
    assert back["e"] is None
    assert back["result"] == {"type": "messages", "lines": ["a"]}


@pytest.mark.parametrize(("line", "command", "name"), [
    ("sum gcse, detail", "summarize", "summarize"), ("quietly: regress y x", "", "quietly"), ("", "", "")])
def test_the_name_of_the_command(line, command, name):
    made = command_record(line, 111, "", command=command, message="variable x not found")
    assert made["command"] == name
    assert made["message"] == "variable x not found"
    assert made["result"] is None
    assert made["rc"] == 111
