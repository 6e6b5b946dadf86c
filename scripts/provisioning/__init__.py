"""What devices need in an AWS account, made and taken away: ``scripts/provision`` and ``scripts/deploy_device``."""
