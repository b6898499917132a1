"""Kubernetes manifests say how contexts are deployed, and nothing they say is overlooked."""

from pathlib import Path
from textwrap import dedent

import attrs
import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.simulation.deployment import Deployment
from bookdelivery.simulation.distributions import Exponential
from bookdelivery.simulation.load import Constant, Poisson
from bookdelivery.simulation.operations import (
    Autoscaler,
    Behavior,
    DisruptionBudget,
    Platform,
    Probe,
    RollingUpdate,
    Rollout,
    ScalingPolicy,
    ScalingRules,
    SelectPolicy,
)
from bookdelivery.simulation.scenario import InvalidScenario, Scenario
from bookdelivery.simulation.scenario.toml import UnreadableFile, parse_toml
from tests.simulation.faults.small import small
from tests.simulation.worlds import run

ORDER = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: order
  labels: {app: order}
spec:
  replicas: 3
  minReadySeconds: 5
  progressDeadlineSeconds: 120
  revisionHistoryLimit: 2
  selector:
    matchLabels: {app: order}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  template:
    metadata:
      labels: {app: order, tier: core}
    spec:
      terminationGracePeriodSeconds: 45
      containers:
        - name: order
          image: registry.example/order:v1
          ports: [{containerPort: 8081}]
          env: [{name: SPRING_PROFILES_ACTIVE, value: docker}]
          resources:
            requests: {cpu: 200m}
            limits: {cpu: 500m}
          readinessProbe:
            httpGet: {path: /actuator/health, port: 8081}
            initialDelaySeconds: 10
            periodSeconds: 5
            timeoutSeconds: 2
            failureThreshold: 10
          livenessProbe:
            tcpSocket: {port: 8081}
            initialDelaySeconds: 120
          lifecycle:
            preStop:
              exec: {command: [sh, -c, sleep 7]}
"""

AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: order}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: order}
  minReplicas: 1
  maxReplicas: 3
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 20}}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 60
      selectPolicy: Min
      policies: [{type: Pods, value: 1, periodSeconds: 30}]
"""

BUDGET = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: order}
spec:
  minAvailable: 50%
  selector:
    matchLabels: {app: order}
"""

PLATFORM = Platform(
    readiness=Probe(initial_delay_s=10, period_s=5, timeout_s=2, failure_threshold=10),
    liveness=Probe(initial_delay_s=120),
    update=RollingUpdate(max_surge=1, max_unavailable=0),
    min_ready_s=5,
    progress_deadline_s=120,
    pre_stop_s=7,
    termination_grace_period_s=45,
    cpu_request=0.2,
)


def scenario(folder: Path, *manifests: str, **options: object) -> Scenario:
    (folder / "shop.yaml").write_text("---\n".join(manifests), encoding="utf-8")
    return Scenario.from_kubernetes(str(folder / "*.yaml"), **options)  # type: ignore[arg-type]


def test_a_deployment_says_how_many_pods_there_are_and_how_they_are_treated(tmp_path: Path) -> None:
    read = scenario(tmp_path, ORDER)
    assert read.deployment == {"order": Deployment(replicas=3, cores=0.5, platform=PLATFORM)}
    assert read.load == Poisson(per_second=10)
    read.fit(BOOKSTORE)


def test_what_manifests_do_not_say_stays_as_given(tmp_path: Path) -> None:
    given = {"order": Deployment(replicas=9, service_s=Exponential(0.05)), "payment": Deployment(replicas=4)}
    read = scenario(tmp_path, ORDER, deployment=given, load=Constant(per_second=1), lasts=60)
    assert read.deployment["order"].service_s == Exponential(0.05)
    assert read.deployment["order"].replicas == 3
    assert read.deployment["payment"] == Deployment(replicas=4)
    assert (read.load, read.lasts) == (Constant(per_second=1), 60)


def test_the_least_a_deployment_can_say_means_what_it_means_to_kubernetes(tmp_path: Path) -> None:
    least = """\
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: order}
    spec: {template: {spec: {containers: [{name: order, image: order}]}}}
    """
    assert scenario(tmp_path, dedent(least)).deployment == {"order": Deployment(replicas=1, platform=Platform())}


def test_a_deployment_may_run_a_context_of_another_name(tmp_path: Path) -> None:
    read = scenario(tmp_path, ORDER.replace("name: order", "name: shop-order", 1), contexts={"shop-order": "order"})
    assert list(read.deployment) == ["order"]


def test_an_autoscaler_belongs_to_the_deployment_it_names(tmp_path: Path) -> None:
    read = scenario(tmp_path, AUTOSCALER, ORDER)
    platform = read.deployment["order"].platform
    assert platform is not None
    assert platform.autoscaler == Autoscaler(
        min_replicas=1,
        max_replicas=3,
        target_cpu_percent=20,
        behavior=Behavior(
            scale_down=ScalingRules(
                stabilization_window_s=60,
                select_policy=SelectPolicy.MIN,
                policies=[ScalingPolicy(type="Pods", value=1, period_s=30)],
            )
        ),
    )


def test_a_disruption_budget_belongs_to_the_pods_it_selects(tmp_path: Path) -> None:
    payment = ORDER.replace("order", "payment")
    read = scenario(tmp_path, ORDER, BUDGET, payment)
    of = {name: deployment.platform for name, deployment in read.deployment.items()}
    assert of["order"] is not None
    assert of["order"].disruption_budget == DisruptionBudget(min_available="50%")
    assert of["payment"] is not None
    assert of["payment"].disruption_budget is None


def test_what_was_read_comes_back_from_a_file_of_ones_own(tmp_path: Path) -> None:
    read = scenario(tmp_path, ORDER, AUTOSCALER, BUDGET)
    assert parse_toml(read.to_toml()) == read


def test_several_files_and_lists_of_manifests_are_one_deployment(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ORDER, encoding="utf-8")
    items = "apiVersion: v1\nkind: List\nitems:\n- " + AUTOSCALER.replace("\n", "\n  ").strip() + "\n"
    (tmp_path / "b.yaml").write_text(items, encoding="utf-8")
    read = Scenario.from_kubernetes(str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"))
    platform = read.deployment["order"].platform
    assert platform is not None
    assert platform.autoscaler is not None


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "limits: {cpu: 500m}",
            "limits: {cpu: 500m, memory: 1Gi}",
            r"shop.yaml \(Deployment order\): spec.template.spec.containers\[0\].resources.limits.memory is '1Gi', "
            "but must be left out, or named in `ignore`",
        ),
        ("revisionHistoryLimit: 2", "paused: true", "spec.paused is True, but must be left out"),
        ("livenessProbe:", "startupProbe:", r"containers\[0\].startupProbe is .*, but must be left out"),
        ("type: RollingUpdate", "type: Recreate", "spec.strategy.type is 'Recreate', but must be RollingUpdate"),
        ("replicas: 3", "replicas: 0", "spec.replicas is 0, but must be a whole number, 1 or more"),
        ("replicas: 3", "replicas: many", "spec.replicas is 'many', but must be a whole number"),
        ("maxSurge: 1", "maxSurge: 0", "spec.strategy.rollingUpdate.maxUnavailable is 0, but must be above 0 where"),
        ("maxSurge: 1", "maxSurge: half", "maxSurge is 'half', but must be a whole number such as 1, or a percentage"),
        ("cpu: 500m", "cpu: half", "limits.cpu is 'half', but must be an amount of CPU above 0, such as '500m'"),
        ("initialDelaySeconds: 10", "initialDelaySeconds: 10s", "readinessProbe.initialDelaySeconds is '10s'"),
        (
            "[sh, -c, sleep 7]",
            "[sh, -c, drain]",
            "lifecycle.preStop.exec.command is .*, but must be a command that sleeps",
        ),
        ("periodSeconds: 5", "periodSeconds: 5\n            successTreshold: 1", "readinessProbe.successTreshold is 1"),
        ("apps/v1", "extensions/v1beta1", "apiVersion is 'extensions/v1beta1', but must be apps/v1"),
        (
            "kind: Deployment",
            "kind: StatefulSet",
            r"\(StatefulSet order\): kind is 'StatefulSet', but must be one of Dep",
        ),
        ("kind: Deployment\n", "", r"shop.yaml \(manifest order\): kind is missing, but must be one of Deployment"),
        ("  name: order\n", "", "metadata.name is missing"),
        (
            "      containers:",
            "      containers: []\n      initContainers:",
            "containers is missing, but must be one container",
        ),
        (
            "        - name: order",
            "        - name: sidecar\n        - name: order",
            r"containers\[1\] is 'order', but must be left",
        ),
        (
            "minReadySeconds: 5",
            "minReadySeconds: 500",
            "progress_deadline_s is 120.0, but must be more than min_ready_s",
        ),
    ],
)
def test_what_cannot_be_simulated_is_named_with_the_field(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in ORDER
    with pytest.raises(InvalidScenario, match=message):
        scenario(tmp_path, ORDER.replace(before, after, 1))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("name: cpu", "name: memory", r"metrics\[0\].resource.name is 'memory', but must be cpu"),
        (
            "type: Utilization",
            "type: AverageValue",
            r"metrics\[0\].resource.target.type is 'AverageValue', but must be",
        ),
        (
            "averageUtilization: 20",
            "averageUtilization: 0",
            "averageUtilization is 0, but must be a whole number, 1 or",
        ),
        ("maxReplicas: 3", "maxReplicas: 0", "spec.maxReplicas is 0, but must be a whole number, 1 or more"),
        ("minReplicas: 1", "minReplicas: 5", "spec.maxReplicas is 3, but must be at least minReplicas, which is 5"),
        ("  maxReplicas: 3\n", "", "spec.maxReplicas is missing"),
        ("kind: Deployment, name: order", "kind: Deployment, name: oder", "name is 'oder', but must be that of a Depl"),
        (
            "selectPolicy: Min",
            "selectPolicy: Some",
            "scaleDown.selectPolicy is 'Some', but must be one of Max, Min, Dis",
        ),
        (
            "periodSeconds: 30",
            "periodSeconds: 3600",
            "periodSeconds is 3600, but must be a number of seconds from 1 to",
        ),
        ("selectPolicy: Min", "speed: 9", "spec.behavior.scaleDown.speed is 9, but must be left out"),
    ],
)
def test_what_an_autoscaler_says_that_cannot_be_simulated_is_named(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in AUTOSCALER
    with pytest.raises(InvalidScenario, match=message):
        scenario(tmp_path, ORDER, AUTOSCALER.replace(before, after, 1))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("  minAvailable: 50%\n", "", "spec.minAvailable is missing, but must be given, or maxUnavailable instead"),
        ("50%", "50%\n  maxUnavailable: 1", "spec.minAvailable is '50%', but must be given, or maxUnavailable instead"),
        ("app: order", "app: oder", "spec.selector.matchLabels is {'app': 'oder'}, but must be that of a Deployment"),
        ("50%", "50%\n  unhealthyPodEvictionPolicy: AlwaysAllow", "spec.unhealthyPodEvictionPolicy is 'AlwaysAllow'"),
    ],
)
def test_what_a_disruption_budget_says_that_cannot_be_simulated_is_named(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in BUDGET
    with pytest.raises(InvalidScenario, match=message):
        scenario(tmp_path, ORDER, BUDGET.replace(before, after, 1))


def test_what_may_be_overlooked_is_overlooked(tmp_path: Path) -> None:
    with_memory = ORDER.replace("limits: {cpu: 500m}", "limits: {cpu: 500m, memory: 1Gi}")
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: order}\nspec: {type: ClusterIP}\n"
    read = scenario(tmp_path, with_memory, service, ignore=["resources.limits.memory", "Service"])
    assert read == scenario(tmp_path, ORDER)


def test_two_deployments_of_one_name_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidScenario, match=r"metadata.name is 'order', but must be another name than in .*shop.yaml"
    ):
        scenario(tmp_path, ORDER, ORDER)


def test_what_is_no_manifest_is_told_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidScenario, match=r"shop.yaml: the whole is 'its text', but must be YAML: while parsing"):
        scenario(tmp_path, "kind: {Deployment")
    with pytest.raises(InvalidScenario, match=r"nowhere.*must be the name of a file, or a pattern"):
        Scenario.from_kubernetes(str(tmp_path / "nowhere" / "*.yaml"))
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableFile, match=r"binary.yaml: is not text in UTF-8"):
        Scenario.from_kubernetes(str(tmp_path / "binary.yaml"))


def test_what_manifests_say_is_what_runs(tmp_path: Path) -> None:
    quick = small(
        load=Constant(per_second=4),
        lasts=20.0,
        deployment={"order": Deployment(cpu_s=0.01, start_up_s=1.0)},
        rollouts=[Rollout("order", at=5.0)],
    )
    manifests = ORDER.replace("initialDelaySeconds: 10", "initialDelaySeconds: 2")
    fields = {field.name: getattr(quick, field.name) for field in attrs.fields(Scenario)}
    result = run(scenario(tmp_path, manifests, AUTOSCALER, BUDGET, **fields))
    pods = result.pods[result.pods["context"] == "order"]
    assert pods.loc[pods["time_s"] == 0, "pod"].nunique() == 3
    # One surge at a time, and an end only once the next one is ready.
    assert result.rollouts["change"].tolist()[-1] == "complete"
    assert (result.requests["outcome"] != "failed").all()
    assert not result.scaling.empty
