"""What the map adds to the pages of the kit: the way to it from the list of customers."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.maps import selectors
from kedang.kits.web import sights


def contribute() -> None:
    """Offer the map above the list of customers, once at start."""
    sights.offer(selectors.CUSTOMER, _("Map"), "globe", "maps.customers", may=selectors.sees_map)
