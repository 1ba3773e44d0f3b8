variable "region" {
  description = "AWS region of every resource; null takes the one of the environment or the profile."
  type        = string
  default     = null

  validation {
    condition     = var.region == null ? true : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region, such as eu-west-1."
  }
}

variable "name" {
  description = "What the name of every resource starts with."
  type        = string
  default     = "copilot-dev"

  # Names of buckets have at most 63 characters, of which the longest ending here takes 18.
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 32 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }
}

variable "project" {
  description = "Value of the tag Project."
  type        = string
  default     = "temporal-sre-copilot"

  validation {
    condition     = length(var.project) >= 1 && length(var.project) <= 256
    error_message = "project must have 1 to 256 characters, as the value of any tag."
  }
}

variable "embedding_dimensions" {
  description = "Length of the vectors; the index and the model must agree on it."
  type        = number
  default     = 1024

  validation {
    condition     = contains([256, 512, 1024], var.embedding_dimensions)
    error_message = "embedding_dimensions must be 256, 512 or 1024: the lengths that Titan Text Embeddings V2 makes."
  }
}
