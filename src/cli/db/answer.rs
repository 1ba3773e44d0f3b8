//! What the commands of `copilot db` answer.

use super::cluster::Cluster;
use serde_json::{Value, json};

/// The answer of one command.
pub(super) struct Answer {
    /// For people.
    pub text: String,
    /// The fields of the JSON answer that only this command has.
    pub fields: Value,
}

impl Answer {
    /// The whole JSON answer.
    pub fn json(self, cluster: &Cluster) -> Value {
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
