"""Money: exact decimals with the minor units of their currency (ISO 4217)."""

from decimal import ROUND_HALF_UP, Decimal

CURRENCIES = {"CNY": 2, "USD": 2, "EUR": 2, "HKD": 2, "GBP": 2, "JPY": 0, "KRW": 0, "TWD": 2, "MOP": 2}
BASE = "CNY"
STORED_PLACES = 2  # amounts are stored as integers of 1/100, whatever the currency


def quantize(amount: Decimal, currency: str = BASE) -> Decimal:
    """Round half-up to the minor unit of the currency; raise KeyError for an unknown one."""
    return amount.quantize(Decimal(1).scaleb(-CURRENCIES[currency]), rounding=ROUND_HALF_UP)


def to_minor(amount: Decimal) -> int:
    """Return the integer the database stores; raise ValueError if the amount is finer than it can hold."""
    scaled = amount.scaleb(STORED_PLACES)
    whole = int(scaled)
    if scaled != whole:
        raise ValueError(f"{amount} has more than {STORED_PLACES} decimal places")
    return whole


def from_minor(stored: int) -> Decimal:
    """Return the exact amount that a stored integer stands for."""
    return Decimal(stored).scaleb(-STORED_PLACES)


def in_base(amount: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in the base currency at `rate` units of base for one of the document's, half-up."""
    return quantize(amount * rate)
