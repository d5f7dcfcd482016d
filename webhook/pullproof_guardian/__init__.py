"""The guardian: makes and rotates the certificates, keeps the webhook configuration whole."""
