"""A stand-in Microsoft 365 tenant (and the systems around it) for the demo and the tests.

It lives in memory, speaks TLS and knows nothing of the hub: `python -m sandbox serve`. Where Microsoft leaves
a question open, the sandbox takes the stricter answer, so that what works here works there: a transactionId
stays used after its event is gone, unknown properties and query options are refused, a batch is answered in
reverse order. It is milder in one thing only: notification addresses on a loopback host may be plain http.
"""
