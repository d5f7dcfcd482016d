"""The webhook: answers admission reviews over TLS. It has no write verb at all."""
