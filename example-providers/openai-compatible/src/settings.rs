//! Where the server is and what it serves, as the operator says.

use std::collections::BTreeMap;

use palisade_guest::catalog::Model;
use palisade_guest::upstream::Upstream;
use palisade_guest::{CallOptions, Failure, Result, config};

use crate::known;

/// The server that is asked when the operator names none.
const VENDOR: &str = "https://api.openai.com/v1";

/// The name of the key in the configuration of the operator.
pub(crate) const CREDENTIAL: &str = "api-key";

/// What this provider can do, by the names of the interfaces.
const CAPABILITIES: [&str; 8] = [
    "chat",
    "embedding",
    "moderation",
    "text-to-image",
    "image-edit",
    "image-to-text",
    "text-to-speech",
    "speech-to-text",
];

/// A model that is on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    /// Its id in the catalogue, where the letters that a name may have are few.
    pub(crate) id: String,
    /// What the server calls it.
    pub(crate) name: String,
    pub(crate) capabilities: Vec<&'static str>,
}

/// Where the server is.
pub(crate) fn upstream() -> Upstream {
    Upstream::new(VENDOR, CREDENTIAL)
}

/// What is on offer: what the operator says, or else what is known of OpenAI.
pub(crate) fn models() -> Result<Vec<Served>> {
    match config::get("models") {
        Some(json) => listed(&json).map_err(|reason| Failure::internal(format!("setting \"models\": {reason}"))),
        None if upstream().is_vendor() => {
            Ok(known::of_openai().map(|(name, capabilities)| Served::new(name, capabilities)).collect())
        }
        None => Err(Failure::internal(format!(
            "setting \"models\" is missing: say what {} serves, for example {{ chat = [\"llama3.2:3b\"] }}",
            upstream().base_url()
        ))),
    }
}

/// What a model is called across providers: prices of OpenAI are of no concern to others who serve a model of that
/// name.
pub(crate) fn model_ref(name: &str) -> String {
    if upstream().is_vendor() { format!("openai/{name}") } else { name.to_owned() }
}

/// The model that a call names by its id.
pub(crate) fn model(options: &CallOptions) -> Result<Served> {
    models()?.into_iter().find(|model| model.id == options.model).ok_or_else(|| options.unknown_model())
}

impl Served {
    pub(crate) fn new(name: &str, capabilities: &[&'static str]) -> Self {
        Self { id: Model::id_of(name), name: name.to_owned(), capabilities: capabilities.to_vec() }
    }

    pub(crate) fn serves(&self, capability: &str) -> bool {
        self.capabilities.contains(&capability)
    }
}

fn listed(json: &str) -> Result<Vec<Served>, String> {
    let by_capability: BTreeMap<String, Vec<String>> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut served: Vec<Served> = Vec::new();
    for (capability, names) in by_capability {
        let Some(&capability) = CAPABILITIES.iter().find(|known| **known == capability) else {
            return Err(format!("{capability:?} is none of {}", CAPABILITIES.join(", ")));
        };
        for name in names {
            let new = Served::new(&name, &[capability]);
            match served.iter_mut().find(|model| model.id == new.id) {
                Some(same) if same.name == name => same.capabilities.push(capability),
                Some(other) => return Err(format!("{name:?} and {:?} have the same id {:?}", other.name, new.id)),
                None if new.id.is_empty() => return Err(format!("{name:?} is no name of a model")),
                None => served.push(new),
            }
        }
    }
    if served.is_empty() { Err("there are none".to_owned()) } else { Ok(served) }
}

#[cfg(test)]
mod tests {
    use palisade_guest::FailureKind;

    use super::*;

    #[test]
    fn models_are_listed_by_what_they_serve() {
        let models = listed(r#"{"chat": ["llava:7b", "Qwen/Qwen2.5-7B"], "image-to-text": ["llava:7b"]}"#).unwrap();
        let served = |id: &str, name: &str, capabilities: &[&'static str]| Served {
            id: id.into(),
            name: name.into(),
            capabilities: capabilities.to_vec(),
        };
        assert_eq!(
            models,
            [
                served("llava-7b", "llava:7b", &["chat", "image-to-text"]),
                served("qwen-qwen2.5-7b", "Qwen/Qwen2.5-7B", &["chat"])
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_the_list_is_said() {
        for (json, reason) in [
            (r#"{"chatt": ["a"]}"#, "\"chatt\" is none of chat"),
            (r#"{"chat": ["a:b", "a/b"]}"#, "the same id \"a-b\""),
            (r#"{"chat": ["/"]}"#, "\"/\" is no name"),
            (r#"{"chat": []}"#, "there are none"),
            (r#"["a"]"#, "invalid type"),
        ] {
            assert!(listed(json).unwrap_err().contains(reason), "{json}");
        }
    }

    #[test]
    fn every_known_model_has_an_id_of_its_own_and_serves_what_there_is() {
        let models = models().unwrap();
        let ids: std::collections::BTreeSet<_> = models.iter().map(|model| &model.id).collect();
        assert_eq!(ids.len(), models.len());
        let served: std::collections::BTreeSet<_> = models.iter().flat_map(|model| &model.capabilities).collect();
        assert_eq!(served, CAPABILITIES.iter().collect());
    }

    #[test]
    fn another_server_has_other_models() {
        config::set_in_test("base_url", "http://127.0.0.1:11434/v1");
        assert!(models().unwrap_err().message.contains("say what http://127.0.0.1:11434/v1 serves"));
        config::set_in_test("models", r#"{"chat": ["llama3.2:3b"]}"#);
        assert_eq!(model(&CallOptions::new("llama3.2-3b")).unwrap().name, "llama3.2:3b");
        assert_eq!(model_ref("llama3.2:3b"), "llama3.2:3b");
        assert_eq!(model(&CallOptions::new("gpt-5")).unwrap_err().kind, FailureKind::ModelNotFound);
    }
}
