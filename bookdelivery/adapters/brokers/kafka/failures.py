"""What Kafka and its client report, in the library's own words."""

from __future__ import annotations

from confluent_kafka import KafkaError

from bookdelivery.kernel.errors import Unavailable, UnusableStore

_PROBLEMS = {
    KafkaError._AUTHENTICATION: "it refuses the login; check the user, the password and sasl.mechanism",
    KafkaError.SASL_AUTHENTICATION_FAILED: "it refuses the login; check the user and the password",
    KafkaError._SSL: "no TLS connection comes about; check security.protocol and ssl.ca.location",
    KafkaError.UNSUPPORTED_SASL_MECHANISM: "it does not know this sasl.mechanism",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "this user may not use, or not make, the topic {topic}",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "this user may not use the consumer groups of the topic {topic}",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "this user may not make the topic {topic}",
    KafkaError.POLICY_VIOLATION: "its policy does not allow to make the topic {topic}",
    KafkaError.INVALID_PARTITIONS: "it does not make a topic {topic} with so many partitions",
    KafkaError.MSG_SIZE_TOO_LARGE: "a message is larger than the topic {topic} takes",
    KafkaError.RECORD_LIST_TOO_LARGE: "a message is larger than the topic {topic} takes",
    KafkaError._FENCED: "somebody else is a member with the same group.instance.id",
    KafkaError.FENCED_INSTANCE_ID: "somebody else is a member with the same group.instance.id",
}

HOPELESS = frozenset(_PROBLEMS)
"""Codes of errors that trying again does not help against."""

GROUP_IN_MOTION = frozenset(
    {
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError._ASSIGNMENT_LOST,
        KafkaError._STATE,
        KafkaError._NO_OFFSET,
    }
)
"""Codes that answer a commit of one who is no member just now: the group shares out anew, or has missed a member."""


COORDINATOR_AWAY = frozenset(
    {
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._WAIT_COORD,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.REQUEST_TIMED_OUT,
    }
)
"""Codes of a group whose coordinator cannot be reached, or has just been started: it will be there again."""


def translated(where: str, topic: str, error: KafkaError) -> Unavailable | UnusableStore:
    """Say in our words what is wrong.

    Args:
        where: the servers.
        topic: the topic at hand.
        error: what confluent-kafka gave.
    """
    problem = _PROBLEMS.get(error.code())
    if problem is None:
        return Unavailable(f"{where} cannot be reached just now ({error.str()})")
    return UnusableStore(where, f"{problem.format(topic=topic)} ({error.str()})")
