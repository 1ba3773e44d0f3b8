resource "aws_dsql_cluster" "this" {
  for_each = toset(["copilot", "monitored"])

  deletion_protection_enabled = false
  force_destroy               = true

  tags = {
    Name = "${local.unique_name}-${each.key}"
  }
}

locals {
  # The resource exports no endpoint; Aurora DSQL makes it of these two.
  dsql_endpoints = {
    for role, cluster in aws_dsql_cluster.this :
    role => "${cluster.identifier}.dsql.${local.region}.on.aws"
  }
}
