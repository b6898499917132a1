"""One of everything that a scenario file can speak of."""

from typing import Any

from bookdelivery.application.protections import ContextResilience
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.resilience import (
    Backoff,
    BreakerConfig,
    BulkheadConfig,
    CountWindow,
    GrowingWait,
    Jitter,
    RateLimitConfig,
    Resilience,
    RetryBudgetConfig,
    RetryConfig,
    SheddingConfig,
    TimeWindow,
)
from bookdelivery.simulation.customers import Customers, Mix
from bookdelivery.simulation.deployment import Deployment, Link, Network, OpeningHours, People, Provider, Topic
from bookdelivery.simulation.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    FromScipy,
    Gamma,
    LogNormal,
    Uniform,
    Weibull,
)
from bookdelivery.simulation.faults import (
    BrokerDown,
    ClockSkew,
    Crash,
    Delay,
    Duplication,
    ErrorRate,
    Fault,
    LostAnswers,
    Outage,
    Partition,
    ProviderTrouble,
    RandomCrashes,
    RandomOutages,
    Removal,
    Reordering,
    SlowDown,
    StoreDown,
)
from bookdelivery.simulation.load import (
    ClosedLoop,
    Constant,
    Diurnal,
    FlashCrowd,
    Load,
    Poisson,
    Ramp,
    Steps,
    Trace,
)
from bookdelivery.simulation.operations import (
    Autoscaler,
    Behavior,
    BurnRateAlert,
    DisruptionBudget,
    Maintenance,
    Objective,
    Platform,
    Probe,
    Rollout,
    ScalingPolicy,
    ScalingRules,
    Unhealthy,
)
from bookdelivery.simulation.scenario import Scenario

LOADS: list[Load] = [
    Poisson(per_second=50.5),
    Constant(per_second=2),
    ClosedLoop(users=100, think_time_s=Uniform(0.1, 0.2)),
    Steps([(0.0, 1.0), (60.0, 5.0)]),
    Ramp(from_per_second=0.0, to_per_second=9.0, takes_s=60.0),
    Diurnal(lowest_per_second=0.5, highest_per_second=3.0),
    FlashCrowd(usual_per_second=1.0, peak_per_second=20.0, at=30.0),
    Trace([0.0, 60.0], [3, 4]),
]

DISTRIBUTIONS: list[Distribution] = [
    Deterministic(0.25),
    Exponential(0.004),
    Uniform(0.1, 0.3),
    LogNormal(0.08, 0.4),
    Gamma(1.0, 3.0),
    Weibull(2.0, 0.7),
    Empirical([0.1, 0.2, 0.1]),
    FromScipy("pareto", {"b": 3.0, "scale": 0.1}),
]

FAULTS: list[Fault] = [
    Outage("payment", at=60.0, lasts=30.0),
    Removal("delivery", at=10.0),
    StoreDown("order", at=5.0, lasts=2.0),
    Crash("order", at=5.0),
    RandomCrashes("order", mean_time_between_s=60.0),
    RandomOutages("delivery", time_between_s=Weibull(600.0, 1.5), time_to_repair_s=30.0, each_pod=False),
    SlowDown("payment", factor=3.0),
    ErrorRate("order", probability=0.1, operations=["PlaceOrder"]),
    LostAnswers("customers", "order", probability=0.05),
    Partition("order", "payment", at=1.0, lasts=2.0),
    BrokerDown(at=20.0, lasts=10.0),
    Duplication(probability=0.3),
    Delay(by_s=2.0, context="payment"),
    Reordering(by_s=Exponential(0.5)),
    ClockSkew("payment", by_s=-30.0),
    ProviderTrouble(at=1.0, lasts=2.0, slower=10.0, at_once=3),
    Unhealthy("order", at=5.0, restarts=2),
]

RESILIENCE = ContextResilience(
    calls={
        "Pay": Resilience(
            retry=RetryConfig(
                max_attempts=4,
                backoff=Backoff(jitter=Jitter.DECORRELATED, factor=3.0),
                budget=RetryBudgetConfig(share=0.1),
            ),
            breaker=BreakerConfig(
                window=TimeWindow(10), min_calls=20, wait_open_s=GrowingWait(first_s=5.0, longest_s=60.0)
            ),
            timeout_s=0.61,
            bulkhead=BulkheadConfig(max_concurrent=10),
        )
    },
    requests=Resilience(rate_limit=RateLimitConfig(per_second=100.0), shedding=SheddingConfig(max_concurrent=8)),
    operations={"CancelOrder": Resilience(retry=RetryConfig(budget=None), breaker=False)},
)

PLATFORM = Platform(
    readiness=Probe(initial_delay_s=10.0, period_s=5.0),
    liveness=Probe(failure_threshold=2),
    autoscaler=Autoscaler(
        max_replicas=3,
        target_cpu_percent=20,
        behavior=Behavior(
            scale_up=ScalingRules(
                stabilization_window_s=0.0, policies=[ScalingPolicy(type="Pods", value=2, period_s=60.0)]
            )
        ),
    ),
    disruption_budget=DisruptionBudget(min_available="50%"),
)


def scenario(**changes: Any) -> Scenario:
    """A small one, and whatever else is given."""
    return Scenario(**{"load": Poisson(per_second=5), "lasts": 60.0, **changes})


WHOLE = scenario(
    title="Everything at once",
    story="Whatever can be said, is said.\n주문이 들어온다.",
    seed=7,
    customers=Mix([(0.9, Customers(cancels=0.1)), (0.1, Customers(cancels=1.0, cancel_after_s=3.0))]),
    people=People(shopkeepers=2, couriers=5, shop_hours=OpeningHours("09:00", "18:00"), pack_s=Exponential(60.0)),
    deployment={
        "order": Deployment(
            replicas=3,
            operations={"PlaceOrder": LogNormal(0.01, 0.5)},
            cpu_s=0.002,
            cores=0.5,
            queue_limit=20,
            platform=PLATFORM,
        )
    },
    network=Network(loss=0.01, links=[Link("order", "payment", latency_s=0.03), Link("customers", "order", loss=0.1)]),
    topic=Topic(partitions=3, rebalance_pause_s=2.0),
    provider=Provider(at_once=4),
    faults=FAULTS,
    rollouts=[Rollout("order", at=30.0, gets_ready=False)],
    maintenance=[Maintenance("payment", at=20.0)],
    objectives=[Objective("orders", alerts=[BurnRateAlert(long_s=60.0, short_s=5.0, burn_rate=2.0)])],
    engine=EngineSettings(poll_s=2.0, breakers={"Pay": BreakerConfig(window=CountWindow(10), wait_open_s=5.0)}),
    resilience={"order": RESILIENCE},
    terms={"order": {"pay_within_s": 60.0}},
    call_timeouts_s={"Pay": 0.61},
)
"""A scenario in which nearly nothing is as by default."""
