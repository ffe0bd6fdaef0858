"""Other ways to take a notification and answer 202, each run from build/bench-venv."""
