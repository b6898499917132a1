"""The simulated world against what queueing theory says of it, with the engine in the loop."""

import pytest

from bookdelivery.simulation import ClosedLoop, Deployment, Deterministic, Exponential, Network, Poisson, Scenario
from bookdelivery.simulation.statistics import batch_means
from bookdelivery.simulation.theory import erlang_b, mmc
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests, run

AT_ONCE = Network(latency_s=0.0)


@pytest.mark.parametrize(("workers", "rate"), [(1, 0.6), (3, 2.1)])
def test_a_pod_with_c_workers_is_an_m_m_c_queue(workers: int, rate: float) -> None:
    result = run(
        Scenario(
            load=Poisson(per_second=rate),
            lasts=15_000 / rate,
            seed=5,
            customers=Guests(),
            people=None,
            network=AT_ONCE,
            deployment={"till": Deployment(replicas=1, workers=workers, service_s=Exponential(1.0))},
            sample_every_s=20.0,
        ),
        SHOP_WITH_A_TILL,
    )
    requests = result.requests.sort_values("arrived_s").iloc[500:]
    interval = batch_means(requests["latency_s"].to_numpy(), 0.999, 20).interval
    assert mmc(rate, 1.0, workers).stay_s in interval
    # The interval is narrow enough to tell one worker more or less, or a load a quarter heavier.
    assert interval.high < mmc(1.25 * rate, 1.0, workers).stay_s
    assert mmc(rate, 1.0, workers + 1).stay_s < interval.low
    assert (result.operations["outcome"] == "done").all()


def test_littles_law_holds_between_the_sampled_queue_and_the_requests() -> None:
    result = run(
        Scenario(
            load=Poisson(per_second=1.5),
            lasts=4_000,
            seed=6,
            customers=Guests(),
            people=None,
            network=AT_ONCE,
            deployment={"till": Deployment(replicas=1, workers=2, service_s=Exponential(1.0))},
            sample_every_s=1.0,
        ),
        SHOP_WITH_A_TILL,
    )
    during = result.queues[result.queues["time_s"] < 4_000]
    inside = (during["busy"] + during["waiting"]).mean()
    stay_s, rate = result.requests["latency_s"].mean(), len(result.requests) / 4_000
    assert inside == pytest.approx(rate * stay_s, rel=0.03)


def test_a_full_queue_turns_guests_away_as_erlangs_loss_formula_says() -> None:
    result = run(
        Scenario(
            load=Poisson(per_second=2.0),
            lasts=4_000,
            seed=7,
            customers=Guests(),
            people=None,
            network=AT_ONCE,
            deployment={"till": Deployment(replicas=1, workers=2, queue_limit=0, service_s=Exponential(1.0))},
            sample_every_s=20.0,
        ),
        SHOP_WITH_A_TILL,
    )
    turned_away = (result.requests["outcome"] == "turned_away").mean()
    assert turned_away == pytest.approx(erlang_b(2.0, 2), abs=0.035)


def test_in_a_closed_loop_no_more_than_the_users_are_ever_inside_and_the_interactive_law_holds() -> None:
    users, think_s = 12, 4.0
    result = run(
        Scenario(
            load=ClosedLoop(users=users, think_time_s=Exponential(think_s)),
            lasts=1_500,
            seed=8,
            customers=Guests(),
            people=None,
            network=AT_ONCE,
            deployment={"till": Deployment(replicas=1, workers=1, service_s=Deterministic(0.5))},
            sample_every_s=1.0,
        ),
        SHOP_WITH_A_TILL,
    )
    assert (result.queues["busy"] + result.queues["waiting"]).max() <= users
    throughput = len(result.requests) / 1_500
    # The interactive response time law (Denning and Buzen, 1978): R = N / X - Z.
    assert result.requests["latency_s"].mean() == pytest.approx(users / throughput - think_s, rel=0.03)
