"""The cloud of Argus in an AWS account, as one CloudFormation stack: deploys it, and takes it down again."""
