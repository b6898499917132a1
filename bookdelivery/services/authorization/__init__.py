"""An authorization server for development (extra `authorization`): OAuth 2.1 and OpenID Connect on Authlib.

It knows a few people with a password that everybody knows, so it refuses to start anywhere else. In production any
issuer of OpenID Connect takes its place; only the configuration changes.
"""

from bookdelivery.services.authorization.app import authorization_app
from bookdelivery.services.authorization.keys import SigningKeys
from bookdelivery.services.authorization.serving import serve_authorization

__all__ = ["SigningKeys", "authorization_app", "serve_authorization"]
