"""The JSON schema of explanations, to validate with."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs

from archcalc.reports import json as json_report

SCHEMA = json.loads((Path(json_report.__file__).parent / "schemas" / "explain.json").read_text("utf-8"))
VALID = jsonschema_rs.Draft202012Validator(SCHEMA)
