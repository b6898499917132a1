"""The bookstore on Kafka and PostgreSQL."""
