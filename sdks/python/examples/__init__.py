"""A vendor's API and its client library, both on grantd."""
