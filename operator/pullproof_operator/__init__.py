"""The operator: watches Pods that wait for an image, finds the cause and writes it back."""
