"""Stories about the platform: it multiplies pods, replaces them, and starts them again."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isnan

from bookdelivery.requirements.nonfunctional.experiment import Run
from bookdelivery.requirements.stories.sights import window_s
from bookdelivery.requirements.stories.story import Broken, Story, Twist, at_least, at_most, never
from bookdelivery.requirements.stories.waiting import ACCEPTED, ANSWER, INVARIANTS
from bookdelivery.simulation import Steps

CROWDED_PODS = 3


def crowd_s(run: Run) -> tuple[float, float]:
    """Say when the crowd comes and goes, in seconds: the load's second and third step."""
    load = run.result.scenario.load
    assert isinstance(load, Steps)
    return load.steps[1][0], load.steps[2][0]


def grown_after_s(run: Run) -> float:
    """Say how long after the crowd came all pods were ready that there may be, in seconds."""
    scaling = run.frames["scaling"]
    grown = scaling.loc[scaling["ready"] >= CROWDED_PODS, "time_s"].min()
    return inf if isnan(grown) else float(grown) - crowd_s(run)[0]


def shrunk_after_s(run: Run) -> float:
    """Say how long after the crowd went only one pod was wanted, in seconds."""
    scaling = run.frames["scaling"]
    after = scaling[scaling["time_s"] > crowd_s(run)[1]]
    if after.empty or int(after["replicas"].iloc[-1]) != 1:
        return inf
    return float(after.loc[after["replicas"] == 1, "time_s"].min()) - crowd_s(run)[1]


def out_of_bounds(run: Run) -> Broken:
    """Complain where fewer or more pods were wanted than there may be."""
    wanted = run.frames["scaling"]["replicas"]
    if len(wanted) and wanted.between(1, CROWDED_PODS).all():
        return ()
    return (run.found("replicas_stay_within_their_limits", "the autoscaler wanted more or fewer, or never looked"),)


AUTOSCALE = Story(
    scenario="autoscale",
    text="Order is autoscaled at 20 % of its CPU: to three pods when a crowd comes, and back to one when it is gone.",
    korean="주문은 CPU 20 %를 기준으로 파드 셋까지 늘었다가, 손님이 줄면 하나로 돌아온다.",
    claims=(
        at_most(
            "grows", "three pods are ready after the crowd came within", "파드 셋이 준비되는 시간", 60.0, grown_after_s
        ),
        at_least(
            "patient",
            "it shrinks after the crowd has gone, but not before",
            "줄이기 전 기다리는 시간",
            300.0,
            shrunk_after_s,
            "s",
        ),
        at_most(
            "shrinks",
            "only one is left after the crowd has gone within",
            "파드가 하나로 돌아오는 시간",
            400.0,
            shrunk_after_s,
        ),
        never(
            "bounds",
            "runs in which there are fewer than one or more than three",
            "파드 수가 한도를 벗어난 실행",
            out_of_bounds,
        ),
        ACCEPTED,
        ANSWER,
    ),
    shows="order",
    # The pods are there within the first minute of a somewhat smaller crowd, too.
    short={"load.steps": ((0.0, 0.25), (60.0, 4.5), (130.0, 0.25)), "lasts": 550.0},
)


def lost_calls(context: str) -> Callable[[Run], float]:
    """Make the count of requests to a context that got no answer."""

    def read(run: Run) -> float:
        calls = run.frames["calls"]
        return int(((calls["callee"] == context) & (calls["outcome"] == "unanswered")).sum())

    return read


LOST = lost_calls("ordermanagement")


def some_lost(run: Run) -> Broken:
    """Complain of requests to ordermanagement that got no answer."""
    number = int(LOST(run))
    return (run.found("every_request_is_answered", f"{number} requests got no answer"),) if number else ()


def rolled_out_after_s(run: Run) -> float:
    """Say how long the rollout took, in seconds; infinite if it was never complete."""
    rollouts = run.frames["rollouts"]
    complete = rollouts.loc[rollouts["change"] == "complete", "time_s"]
    return float(complete.iloc[0]) - window_s(run)[0] if len(complete) else inf


ROLLING_UPDATE = Story(
    scenario="rolling-update",
    text="A new version of ordermanagement is rolled out under load, and no request is lost.",
    korean="부하 중에 주문관리를 무정지로 배포한다.",
    claims=(
        never("lost", "runs in which a request to ordermanagement is lost", "요청이 유실된 실행", some_lost),
        at_most(
            "complete", "the new version has taken over within", "새 버전으로 바뀌는 시간", 60.0, rolled_out_after_s
        ),
        ACCEPTED,
        INVARIANTS,
    ),
    twist=Twist(
        name="without the readiness probe",
        changes={"deployment.ordermanagement.platform.readiness": None},
        claims=(
            at_least(
                "losses",
                "without the readiness probe: requests that are lost",
                "준비 프로브 없이 유실된 요청 수",
                1,
                LOST,
                "requests",
            ),
        ),
    ),
    shows="ordermanagement",
    short={"load.users": 30},
)


def _pods(run: Run, change: str) -> list[float]:
    pods = run.frames["pods"]
    of_order = pods[(pods["context"] == "order") & (pods["change"] == change)]
    return of_order["time_s"].tolist()


def not_twice_restarted(run: Run) -> Broken:
    """Complain where the pod was not started again exactly twice."""
    killed = len(_pods(run, "killed"))
    if killed == 2:
        return ()
    return (run.found("the_third_life_is_healthy", f"the liveness probe had a process killed {killed} times"),)


def well_after_s(run: Run) -> float:
    """Say how long after it fell ill the pod was ready again for good, in seconds; infinite if it never was."""
    ill, ready = _pods(run, "unready") + _pods(run, "killed"), _pods(run, "ready")
    if not ready or (ill and max(ill) > max(ready)):
        return inf
    return max(ready) - window_s(run)[0]


def recovers(run: Run) -> Broken:
    """Complain where the pod got well."""
    return (run.found("nobody_else_starts_it_again", "the pod got well"),) if well_after_s(run) < inf else ()


SELF_HEALING = Story(
    scenario="self-healing",
    text="A pod that does not answer is started again, twice; its third life is healthy, and no order is lost.",
    korean="응답하지 않는 파드는 두 번 다시 시작되고, 세 번째에 건강해지며, 주문은 유실되지 않는다.",
    claims=(
        never(
            "restarts",
            "runs in which it is not started again exactly twice",
            "재시작이 두 번이 아닌 실행",
            not_twice_restarted,
        ),
        at_most("well", "it serves again after it fell ill within", "다시 건강해지는 시간", 90.0, well_after_s),
        ACCEPTED,
        ANSWER,
        INVARIANTS,
    ),
    twist=Twist(
        name="without the liveness probe",
        changes={"deployment.order.platform.liveness": None},
        claims=(
            never(
                "stays-ill",
                "without the liveness probe: runs in which it gets well",
                "활성 프로브 없이 회복한 실행",
                recovers,
            ),
        ),
    ),
    shows="order",
    short={"load.per_second": 0.5, "lasts": 120.0},
)
