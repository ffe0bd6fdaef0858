"""What every service of the hub is built from; knows none of them."""
