"""The rules of the front door, one file per question; pure: values in, values out."""
