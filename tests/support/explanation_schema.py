"""The JSON schema of explanations, to validate with."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from archcalc.reports import explanation_json

SCHEMA = json.loads((Path(explanation_json.__file__).parent / "schemas" / "explanation.json").read_text("utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)
