"""The shapes of generated rows. Keys are the models' field names; `external_no` and `number` tie them."""

from datetime import date
from decimal import Decimal
from typing import TypedDict


class CustomerRow(TypedDict):
    """One customer."""

    name: str
    short_name: str
    type_key: str
    level_key: str
    status_key: str
    region_code: str
    address: str
    phone: str
    fax: str
    email: str
    website: str
    industry_key: str
    credit_code: str
    tax_number: str
    bank: str
    bank_account: str
    swift: str
    country: str
    city: str
    source_key: str
    remarks: str
    since: date
    kinds: str
    legal_person: str
    market_area: str
    business_scope: str
    sales_capability: str
    potential_key: str
    philosophy: str
    competitors: str
    trading_state: str
    credit_limit: Decimal
    credit_term_days: int
    credit_rating: str
    external_no: str
    next_step: str
    next_step_on: date | None


class ContactRow(TypedDict):
    """One person at a customer, who is named by its `external_no`."""

    customer: str
    name: str
    position: str
    layer_key: str
    attitude_key: str
    influence: int
    mobile: str
    phone: str
    email: str
    wechat: str
    birthday: date | None
    birthday_lunar: bool
    hobbies: str
    remarks: str


class ProductRow(TypedDict):
    """One product; prices in yuan a unit."""

    number: str
    name: str
    spec: str
    brand: str
    unit_key: str
    kind: str
    list_price: Decimal
    floor_price: Decimal
    stocked: bool


class LineRow(TypedDict):
    """One line of an order; the product is named by its `number`."""

    line_no: int
    product: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


class OrderRow(TypedDict):
    """One order with its lines; the customer is named by its `external_no`."""

    number: str
    customer: str
    ordered_on: date
    currency: str
    rate: Decimal
    amount: Decimal
    base_amount: Decimal
    status_key: str
    remarks: str
    lines: list[LineRow]


class ReceiptRow(TypedDict):
    """One receipt; customer and order are named by their numbers."""

    number: str
    customer: str
    order: str
    received_on: date
    amount: Decimal
    currency: str
    method_key: str
    remarks: str
