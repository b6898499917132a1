"""The topic on Redis Streams (the extra `redis`): for contexts on several machines that have a Redis already."""

from bookdelivery.adapters.brokers.redis_streams.broker import RedisBroker
from bookdelivery.adapters.brokers.redis_streams.member import RedisSubscription

__all__ = ["RedisBroker", "RedisSubscription"]
