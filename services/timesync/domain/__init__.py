"""The rules: from absence records to what a mailbox should show. Values in, values out.

Every time here is local wall clock (rule R1); a period's end is exclusive (R3). The numbers R1… name the rules in
tests and comments.
"""
