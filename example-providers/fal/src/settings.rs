//! Where the queue is and what is on offer, as the operator says.

use std::collections::BTreeMap;

use palisade_guest::catalog::Model;
use palisade_guest::upstream::Upstream;
use palisade_guest::{CallOptions, Failure, FailureKind, Result, config};

use crate::capability::Capability;
use crate::known;

/// The queue that is asked when the operator names none.
const VENDOR: &str = "https://queue.fal.run";

/// The name of the key in the configuration of the operator.
pub(crate) const CREDENTIAL: &str = "api-key";

/// The owner of most models, which says nothing about them.
const HOUSE: &str = "fal-ai/";

/// A model that is on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    /// Its id in the catalogue, where the letters that a path may have are few.
    pub(crate) id: String,
    /// What it is called in the queue: owner and name, and what may follow them.
    pub(crate) path: String,
    pub(crate) capability: Capability,
}

/// Where the queue is.
pub(crate) fn upstream() -> Upstream {
    Upstream::new(VENDOR, CREDENTIAL)
}

/// What is on offer: what the operator says, or else what is known.
pub(crate) fn models() -> Result<Vec<Served>> {
    match config::get("models") {
        Some(json) => listed(&json).map_err(|reason| Failure::internal(format!("setting \"models\": {reason}"))),
        None => Ok(known::all().map(|(path, capability)| Served::new(path, capability)).collect()),
    }
}

/// The model of this capability that a call names by its id.
pub(crate) fn model(options: &CallOptions, capability: Capability) -> Result<Served> {
    let is_named = |model: &Served| model.id == options.model && model.capability == capability;
    let unknown =
        || Failure::new(FailureKind::ModelNotFound, format!("there is no model {:?} for this here", options.model));
    models()?.into_iter().find(is_named).ok_or_else(unknown)
}

/// Owner and name of a model, without what follows them: under these its jobs are found. Models of a namespace have that
/// before them. None where the path has no such parts, or others than paths are made of.
pub(crate) fn app(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_part = |part: &&str| {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        part.chars().all(is_letter) && part.chars().any(|letter| letter != '.')
    };
    let length = if matches!(parts.first(), Some(&("workflows" | "comfy"))) { 3 } else { 2 };
    let app = parts.get(..length).filter(|_| parts.iter().all(is_part))?;
    Some(app.join("/"))
}

impl Served {
    pub(crate) fn new(path: &str, capability: Capability) -> Self {
        let id = Model::id_of(path.strip_prefix(HOUSE).unwrap_or(path));
        Self { id, path: path.to_owned(), capability }
    }
}

fn listed(json: &str) -> Result<Vec<Served>, String> {
    let by_capability: BTreeMap<Capability, Vec<String>> =
        serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut served: Vec<Served> = Vec::new();
    for (capability, paths) in by_capability {
        for path in paths {
            if app(&path).is_none() {
                return Err(format!("{path:?} is no path of a model, such as fal-ai/flux/dev"));
            }
            let new = Served::new(&path, capability);
            match served.iter().find(|model| model.id == new.id) {
                Some(same) if same.path == path => return Err(format!("{path:?} is there twice")),
                Some(other) => return Err(format!("{path:?} and {:?} have the same id {:?}", other.path, new.id)),
                None => served.push(new),
            }
        }
    }
    if served.is_empty() { Err("there are none".to_owned()) } else { Ok(served) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_listed_by_what_they_serve() {
        config::set_in_test(
            "models",
            r#"{"text-to-image": ["fal-ai/flux/dev"], "text-to-video": ["acme/Moves/text-to-video"]}"#,
        );
        let served = |id: &str, path: &str, capability| Served { id: id.into(), path: path.into(), capability };
        assert_eq!(
            models().unwrap(),
            [
                served("flux-dev", "fal-ai/flux/dev", Capability::TextToImage),
                served("acme-moves-text-to-video", "acme/Moves/text-to-video", Capability::TextToVideo),
            ]
        );
        let found = |id: &str, capability| model(&CallOptions::new(id), capability).map(|model| model.path);
        assert_eq!(found("flux-dev", Capability::TextToImage).unwrap(), "fal-ai/flux/dev");
        for (id, capability) in [("flux-dev", Capability::TextToVideo), ("flux-pro", Capability::TextToImage)] {
            assert_eq!(found(id, capability).unwrap_err().kind, FailureKind::ModelNotFound);
        }
    }

    #[test]
    fn what_is_wrong_with_the_list_is_said() {
        for (json, reason) in [
            (r#"{"chat": ["fal-ai/any-llm"]}"#, "unknown variant `chat`"),
            (r#"{"text-to-image": ["a/b:c"]}"#, "is no path"),
            (r#"{"text-to-image": ["a/b", "a-b/c", "a/b-c"]}"#, "the same id \"a-b-c\""),
            (r#"{"text-to-image": ["a/b"], "text-to-video": ["a/b"]}"#, "there twice"),
            (r#"{"text-to-image": ["flux"]}"#, "\"flux\" is no path"),
            (r#"{"text-to-image": ["../flux"]}"#, "is no path"),
            (r#"{"text-to-image": []}"#, "there are none"),
        ] {
            let error = listed(json).unwrap_err();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }

    #[test]
    fn jobs_are_found_by_owner_and_name() {
        for (path, expected) in [
            ("fal-ai/flux/dev", Some("fal-ai/flux")),
            ("fal-ai/flux", Some("fal-ai/flux")),
            ("workflows/acme/film/v2", Some("workflows/acme/film")),
            ("workflows/acme", None),
            ("flux", None),
            ("fal-ai//dev", None),
            ("fal-ai/../dev", None),
            ("fal-ai/flux?x", None),
            ("/fal-ai/flux", None),
        ] {
            assert_eq!(app(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn every_known_model_has_an_id_of_its_own_and_each_capability_a_model() {
        let models = models().unwrap();
        let ids: std::collections::BTreeSet<_> = models.iter().map(|model| &model.id).collect();
        assert_eq!(ids.len(), models.len());
        assert!(models.iter().all(|model| app(&model.path).is_some()));
        for capability in [Capability::TextToImage, Capability::TextToVideo, Capability::ImageToVideo] {
            assert!(models.iter().any(|model| model.capability == capability), "{capability:?}");
        }
    }
}
