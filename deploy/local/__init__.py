"""RabbitMQ without Docker: a private node of our own, for the demo, for development and for the tests."""
