"""The rules of the mailroom: values in, values out."""
