"""The rules of the console, one file per subject; pure: values in, values out."""
