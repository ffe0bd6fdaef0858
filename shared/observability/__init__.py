"""What ICT sees from outside: logs, metrics, health."""
