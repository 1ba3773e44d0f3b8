locals {
  # `sources` holds the documents that the knowledge base reads, `profiles` what the Copilot writes.
  buckets = toset(["profiles", "sources"])
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_18: who reads throw-away documents is of no interest, and logs need a bucket of their own
  # checkov:skip=CKV_AWS_21: what is in them comes from elsewhere and can be written again; old versions only cost
  # checkov:skip=CKV_AWS_144: nothing here must survive the loss of a region
  # checkov:skip=CKV_AWS_145: S3 encrypts with its own key; one of KMS costs, and outlives a destroy by a week
  # checkov:skip=CKV2_AWS_61: the buckets go with the environment, which ends what is in them
  # checkov:skip=CKV2_AWS_62: nothing waits for new documents; they are ingested on request
  for_each = local.buckets

  bucket        = "${local.unique_name}-${each.key}"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3vectors_vector_bucket" "this" {
  vector_bucket_name = "${local.unique_name}-vectors"
  force_destroy      = true
}

resource "aws_s3vectors_index" "this" {
  index_name         = "knowledge"
  vector_bucket_name = aws_s3vectors_vector_bucket.this.vector_bucket_name

  data_type       = "float32"
  dimension       = var.embedding_dimensions
  distance_metric = "cosine"

  # Bedrock keeps the text of each chunk in these; what can be filtered by may have 2 KB only.
  metadata_configuration {
    non_filterable_metadata_keys = ["AMAZON_BEDROCK_METADATA", "AMAZON_BEDROCK_TEXT"]
  }
}
