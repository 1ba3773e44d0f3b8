resource "aws_bedrockagent_knowledge_base" "this" {
  name        = local.unique_name
  description = "What the Copilot looks up when it explains the state of a cluster"
  role_arn    = aws_iam_role.knowledge_base.arn

  knowledge_base_configuration {
    type = "VECTOR"

    vector_knowledge_base_configuration {
      embedding_model_arn = local.embedding_model_arn

      embedding_model_configuration {
        bedrock_embedding_model_configuration {
          dimensions          = var.embedding_dimensions
          embedding_data_type = "FLOAT32"
        }
      }
    }
  }

  storage_configuration {
    type = "S3_VECTORS"

    s3_vectors_configuration {
      index_arn = aws_s3vectors_index.this.index_arn
    }
  }

  # Bedrock tries what the role may do while it makes the knowledge base, and needs it until the
  # end.
  depends_on = [aws_iam_role_policy.knowledge_base]
}

resource "aws_bedrockagent_data_source" "sources" {
  name              = "sources"
  knowledge_base_id = aws_bedrockagent_knowledge_base.this.id

  # The vectors go with their bucket; to delete them one by one before takes long and can fail.
  data_deletion_policy = "RETAIN"

  data_source_configuration {
    type = "S3"

    s3_configuration {
      bucket_arn              = aws_s3_bucket.this["sources"].arn
      bucket_owner_account_id = local.account
    }
  }
}
