"""Lists and pages, through the whole stack in this process."""

from kedang.areas.customers.models import Customer
from kedang.engine.identity.actors import actor_of
from kedang.kernel import ids
from kedang.project.bench._measure import Timing, page
from kedang.project.bench._scenarios import TIMES, Stage, scenario

LEVELS, CITIES, WORDS = ("gold", "silver", "member"), ("广州", "佛山", "深圳"), ("水务", "阀门", "机电")
LIST = {"p95_ms": 60, "queries": 15}


@scenario("list, own", **LIST)
def own(stage: Stage) -> Timing:
    """What a representative with shares sees."""
    return page(stage.client(stage.company.rep), lambda n: "/customers", TIMES)


@scenario("list, all", **LIST)
def everything(stage: Stage) -> Timing:
    """What the chief sees."""
    return page(stage.client(stage.company.chief), lambda n: "/customers", TIMES)


@scenario("filtered list, own", **LIST)
def own_filtered(stage: Stage) -> Timing:
    """Two filters on own files."""
    return page(stage.client(stage.company.rep), _filtered, TIMES)


@scenario("filtered list, all", **LIST)
def filtered(stage: Stage) -> Timing:
    """Two filters on all files."""
    return page(stage.client(stage.company.chief), _filtered, TIMES)


@scenario("sorted list, own", **LIST)
def own_sorted(stage: Stage) -> Timing:
    """Own files by name."""
    return page(stage.client(stage.company.rep), lambda n: "/customers?sort=name_sort", TIMES)


@scenario("sorted list, all", **LIST)
def sorted_by_name(stage: Stage) -> Timing:
    """All files by name."""
    return page(stage.client(stage.company.chief), lambda n: "/customers?sort=name_sort", TIMES)


@scenario("found by name, own", **LIST)
def own_found(stage: Stage) -> Timing:
    """Own files with a word in their names."""
    return page(stage.client(stage.company.rep), _found, TIMES)


@scenario("found by name, all", **LIST)
def found(stage: Stage) -> Timing:
    """All files with a word in their names."""
    return page(stage.client(stage.company.chief), _found, TIMES)


@scenario("customer page", p95_ms=100, queries=25)
def customer(stage: Stage) -> Timing:
    """The file of a customer."""
    rows = Customer.objects.visible_to(actor_of(stage.company.chief)).order_by("pk")
    some = [ids.show(pk) for pk in rows.values_list("pk", flat=True)[:TIMES]]
    return page(stage.client(stage.company.chief), lambda n: f"/customers/{some[n % len(some)]}", TIMES)


def _filtered(place: int) -> str:
    return f"/customers?level_key={LEVELS[place % 3]}&city={CITIES[place % 3]}"


def _found(place: int) -> str:
    return f"/customers?q={WORDS[place % 3]}"
