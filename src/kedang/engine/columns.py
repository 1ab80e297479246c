"""Column types that every record shares: opaque ids and exact money."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.kernel import money
from kedang.kernel.ids import new_id


class IdField(models.BigIntegerField):  # type: ignore[type-arg]
    """The primary key of every record: made by the application, so a phone can make one offline."""

    def __init__(self, **options: Any) -> None:
        options |= {"primary_key": True, "default": new_id, "editable": False}
        super().__init__(**options)

    def db_type(self, connection: Any) -> str | None:
        # Only INTEGER PRIMARY KEY is the row id of SQLite; any other name costs a second index.
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        for fixed in ("primary_key", "default", "editable"):
            options.pop(fixed, None)
        return name, path, args, options


class MoneyField(models.BigIntegerField):  # type: ignore[type-arg]
    """An exact amount: Decimal in Python, an integer of 1/100 in every database (SQLite has no decimals)."""

    description = "money"

    def from_db_value(self, value: int | None, *args: Any) -> Decimal | None:
        return None if value is None else money.from_minor(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value).strip())
        except ArithmeticError as error:
            raise ValidationError(_("Not an amount"), code="money") from error

    def get_prep_value(self, value: Any) -> int | None:
        amount = self.to_python(value)
        return None if amount is None else money.to_minor(amount)

    def clean(self, value: Any, model_instance: Any) -> Any:
        amount = self.to_python(value)
        if amount is not None:
            try:
                stored = money.to_minor(amount)
            except (ValueError, ArithmeticError) as error:
                raise ValidationError(_("An amount has at most two decimal places"), code="money") from error
            if abs(stored) >= 10**17:
                raise ValidationError(_("This amount is too large"), code="money")
        self.validate(amount, model_instance)
        self.run_validators(amount)
        return amount

    def formfield(self, **kwargs: Any) -> Any:
        return models.DecimalField(max_digits=17, decimal_places=2).formfield(**kwargs)

    @property
    def validators(self) -> Any:
        """The integer bounds of the column do not apply to the amount a person sees."""
        return list(self._validators)  # type: ignore[attr-defined]
