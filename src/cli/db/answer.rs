//! The result of a `copilot db` command, as text and as JSON.

use super::cluster::Cluster;
use serde_json::{Value, json};

/// The result of one command.
pub(super) struct Answer {
    /// The text for people.
    pub text: String,
    /// The fields of the JSON that only this command has.
    pub fields: Value,
}

impl Answer {
    /// The whole JSON object.
    pub(super) fn json(self, cluster: &Cluster) -> Value {
        let mut all = json!({
            "v": 1,
            "endpoint": cluster.address(),
            "database": cluster.database,
        });
        if let (Value::Object(all), Value::Object(fields)) = (&mut all, self.fields) {
            all.extend(fields);
        }
        all
    }
}
