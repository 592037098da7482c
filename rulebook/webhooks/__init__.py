"""Signed notices between machines, in either direction: what a carrier or a bank tells us, what we tell others.

`signing`: the form of the signature. `secrets`: whom we believe. `reading`: what stands in a notice. `door`: the view.
"""

from rulebook.webhooks.signing import HEADER, TOLERANCE, BadSignature, new_secret, sign, verify

__all__ = ["HEADER", "TOLERANCE", "BadSignature", "new_secret", "sign", "verify"]
