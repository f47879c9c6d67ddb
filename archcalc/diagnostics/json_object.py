"""What ``to_dict`` gives: values as JSON has them."""

from __future__ import annotations

from typing import Any, TypeAlias

# Any: what is in an object depends on its key, and its schema says it (reports/schemas).
JsonObject: TypeAlias = dict[str, Any]
