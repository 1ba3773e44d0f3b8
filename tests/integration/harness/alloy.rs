//! Parts of Alloy's configuration as Prometheus takes them.

use serde_json::{Map, Value, json};

/// Arguments and blocks of the file, as far as they say what is scraped.
pub(crate) struct Alloy {
    text: String,
}

impl Alloy {
    /// The file, for a Compose project of this name.
    pub(crate) fn new(text: &str, project: &str) -> Self {
        let name = r#"sys.env("COMPOSE_PROJECT_NAME")"#;
        let text = text
            .replace(&format!("\" + {name}"), &format!("{project}\""))
            .replace(&format!("{name} + \""), &format!("\"{project}"));
        assert!(!text.contains("sys.env"), "{text}");
        Self { text }
    }

    /// The lines of a component, without the ones that open and close it.
    fn component(&self, kind: &str, label: &str) -> Vec<&str> {
        let first = format!("{kind} \"{label}\" {{");
        let lines: Vec<_> = self
            .text
            .lines()
            .skip_while(|line| **line != first)
            .skip(1)
            .take_while(|line| *line != "}")
            .map(str::trim)
            .collect();
        assert!(!lines.is_empty(), "{first}");
        lines
    }

    /// The arguments of each block of this name in a component.
    fn blocks(&self, kind: &str, label: &str, block: &str) -> Vec<Value> {
        let lines = self.component(kind, label);
        lines
            .split(|line| *line == "}")
            .filter_map(|lines| {
                let first = format!("{block} {{");
                let at = lines.iter().position(|line| **line == first)?;
                let arguments: Map<_, _> = lines[at + 1..]
                    .iter()
                    .map(|line| {
                        let (key, value) = line.split_once(" = ").expect(line);
                        let value = serde_json::from_str(value).expect(line);
                        (key.trim().to_owned(), value)
                    })
                    .collect();
                Some(Value::Object(arguments))
            })
            .collect()
    }

    /// The filters of the containers that are listed.
    fn filters(&self) -> Vec<Value> {
        self.blocks("discovery.docker", "stack", "filter")
    }

    /// The rules of `discovery.relabel` of this label. Prometheus has its settings of a target among
    /// the labels, where Alloy does not; they are kept.
    fn rules(&self, label: &str) -> Vec<Value> {
        let mut rules = self.blocks("discovery.relabel", label, "rule");
        for rule in rules
            .iter_mut()
            .filter(|rule| rule["action"] == "labelkeep")
        {
            let regex = rule["regex"].as_str().unwrap();
            let own = "__scheme__|__metrics_path__|__scrape_interval__|__scrape_timeout__";
            rule["regex"] = json!(format!("{regex}|{own}"));
        }
        rules
    }

    /// The targets that are there whatever the engine lists, as labels.
    pub(crate) fn fixed(&self) -> Vec<Value> {
        let lines = self.component("discovery.relabel", "metrics");
        let items = lines.iter().filter_map(|line| line.strip_suffix("},"));
        items
            .map(|line| serde_json::from_str(&(line.replace(" = ", ":") + "}")).expect(line))
            .collect()
    }

    /// A configuration of Prometheus that finds the same targets: those of metrics in the job
    /// `metrics`, and in `logs` every container whose log is read.
    pub(crate) fn prometheus(&self) -> String {
        let docker = json!([{
            "host": "unix:///var/run/docker.sock",
            "refresh_interval": "1s",
            "filters": self.filters(),
        }]);
        let fixed: Vec<_> = self
            .fixed()
            .into_iter()
            .map(|labels| json!({ "targets": ["none"], "labels": labels }))
            .collect();
        let containers = self.rules("containers");
        // A target of logs needs no address, one of Prometheus does.
        let address = json!({ "source_labels": ["container"], "target_label": "__address__" });
        let metrics = [containers.clone(), self.rules("metrics")].concat();
        let logs = [containers, vec![address]].concat();
        let config = json!({ "scrape_configs": [
            {
                "job_name": "metrics",
                "docker_sd_configs": docker,
                "static_configs": fixed,
                "relabel_configs": metrics,
            },
            {
                "job_name": "logs",
                "docker_sd_configs": docker,
                "relabel_configs": logs,
            },
        ] });
        config.to_string()
    }
}
