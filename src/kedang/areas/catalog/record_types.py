"""What every surface knows about products."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.catalog.models import Product
from kedang.engine.records.types import Panel, RecordType, register
from kedang.kernel.actor import Mode

PRODUCT = register(
    RecordType(
        model=Product,
        plural="products",
        label=_("Product"),
        label_plural=_("Products"),
        icon="box",
        nav="trade",
        order=40,
        subtitle="number",
        columns=("number", "name", "spec", "brand", "kind", "unit_key", "list_price", "stocked"),
        filters=("kind", "name", "brand", "unit_key", "stocked", "list_price"),
        sorts=("number", "name", "list_price"),
        search={"number": "code", "name": "name", "spec": "words", "brand": "name"},
        panels=(
            Panel(_("Product"), ("number", "name", "spec", "brand", "kind", "unit_key", "stocked")),
            Panel(_("Prices"), ("list_price", "floor_price")),
            Panel(_("Remarks"), ("remarks",)),
        ),
        form=(
            Panel(_("Product"), ("number", "name", "spec", "brand", "kind", "unit_key", "stocked")),
            Panel(_("Prices"), ("list_price", "floor_price")),
            Panel(_("Remarks"), ("remarks",)),
        ),
        required=("number", "name"),
        choices={"unit_key": "product_unit"},
        guards={"floor_price": Mode.HIDE},
        headings={
            "number": ("编码", "产品编码", "商品编码", "物料编码", "存货编码", "货号", "SKU", "Item number"),
            "name": ("产品名称", "商品名称", "物料名称", "存货名称", "品名", "Product name"),
            "spec": ("规格型号", "型号", "Model"),
            "unit_key": ("单位", "计量", "UOM"),
            "list_price": ("价格", "单价", "售价", "零售价", "Price"),
            "kind": ("类别", "产品类别", "商品类别", "Category"),
            "remarks": ("说明", "Notes"),
        },
        match=("number",),
        natural=("number",),
        timeline="product",
    )
)
