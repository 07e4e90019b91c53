//! Media within JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_guest::{Failure, Media, Result};

/// The pictures that models see.
pub(crate) const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// Media as an address that holds them.
pub(crate) fn of(media: &Media) -> Result<String> {
    Ok(format!("data:{};base64,{}", media.media_type(), media.to_base64()?))
}

/// The bytes that are there in base64, alone or as an address that holds them.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>> {
    let text = if text.starts_with("data:") { text.split_once(',').map_or("", |(_, data)| data) } else { text };
    STANDARD.decode(text).map_err(|error| Failure::incomplete(&format!("a file that is no base64: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_go_there_and_back() {
        let url = of(&Media::new("image/png", vec![0, 255]).unwrap()).unwrap();
        assert_eq!(url, "data:image/png;base64,AP8=");
        assert_eq!(decode(&url).unwrap(), [0, 255]);
        assert_eq!(decode("AP8=").unwrap(), [0, 255]);
        assert!(decode("?").unwrap_err().message.contains("no base64"));
    }
}
