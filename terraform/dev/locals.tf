data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

# Names of buckets are shared by all accounts, and those of roles by all who use this one.
resource "random_id" "suffix" {
  byte_length = 4
}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  unique_name = "${var.name}-${random_id.suffix.hex}"

  embedding_model_arn = "arn:${local.partition}:bedrock:${local.region}::foundation-model/amazon.titan-embed-text-v2:0"
}
