"""Many changes of the models in one step.

Django renders the models anew after each operation, and with each every model that is related to it: for some
240 related models that took 50 s of CPU, at once 4 s. Here the state learns of all changes first and is
rendered once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger

ADDED = (AddConstraint, AddField, AddIndex, AddTrigger)


class AtOnce(Operation):
    """The `operations`, in their order. Each sees the models as they were before all of them and as they are
    after all, so none may change what another one made. What is added to a new table comes with the table."""

    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self._in_database():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed(self._in_database()):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def _in_database(self) -> list[Operation]:
        new = {operation.name_lower for operation in self.operations if isinstance(operation, CreateModel)}
        return [
            operation
            for operation in self.operations
            if not isinstance(operation, ADDED) or operation.model_name.lower() not in new
        ]

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)

    def references_model(self, name: str, app_label: str) -> bool:
        return any(operation.references_model(name, app_label) for operation in self.operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [], {"operations": list(self.operations)}
