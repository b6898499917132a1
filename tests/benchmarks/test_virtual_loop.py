"""The benchmark of the loop compares like with like."""

import pytest

from benchmarks import virtual_loop as benchmark


def test_all_contenders_simulate_the_same_customers() -> None:
    draws = benchmark.Draws.of(seed=3, customers=200)
    simpy = benchmark._in_simpy(draws)

    assert benchmark._on_our_loop(draws) == pytest.approx(simpy)
    assert benchmark._on_our_loop_under_env_run(draws) == pytest.approx(simpy)
    assert benchmark._on_solipsism(draws) == pytest.approx(simpy, abs=1e-3)


def test_expected_sojourn_is_jacksons() -> None:
    assert benchmark.jackson_sojourn_s() == pytest.approx(2.0063, abs=5e-5)
