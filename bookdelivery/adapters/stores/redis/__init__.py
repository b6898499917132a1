"""A context's data in Redis (extra `redis`)."""

from bookdelivery.adapters.stores.redis.settings import RedisSettings
from bookdelivery.adapters.stores.redis.store import RedisStore

__all__ = ["RedisSettings", "RedisStore"]
