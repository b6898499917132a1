"""The topic on Kafka, by confluent-kafka (the extra `kafka`): for contexts that run on any number of machines."""

from bookdelivery.adapters.brokers.kafka.address import KafkaAddress
from bookdelivery.adapters.brokers.kafka.broker import KafkaBroker
from bookdelivery.adapters.brokers.kafka.member import KafkaSubscription

__all__ = ["KafkaAddress", "KafkaBroker", "KafkaSubscription"]
