terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 6.27 is the first with S3 Vectors as the storage of a knowledge base.
      version = ">= 6.27, < 7.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Lifecycle = "ephemeral"
      ManagedBy = "terraform"
      Project   = var.project
    }
  }
}
