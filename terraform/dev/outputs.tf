# `copilot dev infra apply` writes these into dev/.env; recipes/_lib/infra.rhai says which is which.

output "monitored_dsql_endpoint" {
  description = "Aurora DSQL cluster of the monitored Temporal."
  value       = local.dsql_endpoints["monitored"]
}

output "copilot_dsql_endpoint" {
  description = "Aurora DSQL cluster of the Copilot."
  value       = local.dsql_endpoints["copilot"]
}

output "knowledge_base_id" {
  description = "Bedrock knowledge base."
  value       = aws_bedrockagent_knowledge_base.this.id
}

output "data_source_id" {
  description = "Data source of the knowledge base."
  value       = aws_bedrockagent_data_source.sources.data_source_id
}

output "source_bucket" {
  description = "Bucket of the documents that the knowledge base reads."
  value       = aws_s3_bucket.this["sources"].bucket
}

output "profile_bucket" {
  description = "Bucket of the profiles that the Copilot writes."
  value       = aws_s3_bucket.this["profiles"].bucket
}

output "region" {
  description = "AWS region of all of it."
  value       = local.region
}

output "account" {
  description = "AWS account of all of it."
  value       = local.account
}
