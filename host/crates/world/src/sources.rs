//! The text of the WIT package, for who compares a component with it.

/// The files of the package, by name.
pub(crate) const SOURCES: [(&str, &str); 32] = [
    ("blobs.wit", include_str!("../../../../wit/blobs.wit")),
    ("catalog.wit", include_str!("../../../../wit/catalog.wit")),
    ("chat.wit", include_str!("../../../../wit/chat.wit")),
    ("config.wit", include_str!("../../../../wit/config.wit")),
    ("credentials.wit", include_str!("../../../../wit/credentials.wit")),
    ("custom.wit", include_str!("../../../../wit/custom.wit")),
    ("databases.wit", include_str!("../../../../wit/databases.wit")),
    ("embedding.wit", include_str!("../../../../wit/embedding.wit")),
    ("health.wit", include_str!("../../../../wit/health.wit")),
    ("http.wit", include_str!("../../../../wit/http.wit")),
    ("image-edit.wit", include_str!("../../../../wit/image-edit.wit")),
    ("image-to-text.wit", include_str!("../../../../wit/image-to-text.wit")),
    ("image-to-video.wit", include_str!("../../../../wit/image-to-video.wit")),
    ("image-upscale.wit", include_str!("../../../../wit/image-upscale.wit")),
    ("jobs.wit", include_str!("../../../../wit/jobs.wit")),
    ("key-value-stores.wit", include_str!("../../../../wit/key-value-stores.wit")),
    ("key-value.wit", include_str!("../../../../wit/key-value.wit")),
    ("log.wit", include_str!("../../../../wit/log.wit")),
    ("moderation.wit", include_str!("../../../../wit/moderation.wit")),
    ("object-stores.wit", include_str!("../../../../wit/object-stores.wit")),
    ("progress.wit", include_str!("../../../../wit/progress.wit")),
    ("queues.wit", include_str!("../../../../wit/queues.wit")),
    ("rerank.wit", include_str!("../../../../wit/rerank.wit")),
    ("speech-to-text.wit", include_str!("../../../../wit/speech-to-text.wit")),
    ("stores.wit", include_str!("../../../../wit/stores.wit")),
    ("text-to-image-job.wit", include_str!("../../../../wit/text-to-image-job.wit")),
    ("text-to-image.wit", include_str!("../../../../wit/text-to-image.wit")),
    ("text-to-speech.wit", include_str!("../../../../wit/text-to-speech.wit")),
    ("text-to-video.wit", include_str!("../../../../wit/text-to-video.wit")),
    ("types.wit", include_str!("../../../../wit/types.wit")),
    ("vector-stores.wit", include_str!("../../../../wit/vector-stores.wit")),
    ("world.wit", include_str!("../../../../wit/world.wit")),
];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn no_file_is_forgotten() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../wit");
        let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let there: BTreeSet<_> = names.filter(|name| name.ends_with(".wit")).collect();
        assert_eq!(there, SOURCES.iter().map(|(name, _)| (*name).to_owned()).collect());
    }
}
