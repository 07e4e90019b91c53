//! Says how large a picture is.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::image_to_text::{Request, Response};
use palisade_guest::{CallOptions, Description, Failure, ImageToText, Model, Provider, Result};

/// The largest picture.
const MOST_PIXELS: u64 = 100_000_000;

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let model = Model::new("measure").free().input("image/png");
        Description::new("my-provider").summary("Says how large a picture is.").model(model)
    }
}

impl ImageToText for MyProvider {
    fn read(request: Request, _: &CallOptions) -> Result<Response> {
        let (width, height) = size(&request.image.read_all()?)?;
        Ok(Response::new(format!("{width} x {height} pixels")))
    }
}

palisade_guest::export!(MyProvider: image_to_text);

/// Width and height, as the header of a PNG file has them.
fn size(file: &[u8]) -> Result<(u32, u32)> {
    let number = |at: usize| file.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    match (file.starts_with(b"\x89PNG\r\n\x1a\n"), number(16), number(20)) {
        (true, Some(width), Some(height)) if u64::from(width) * u64::from(height) > MOST_PIXELS => {
            Err(Failure::limit_exceeded("image", format!("at most {MOST_PIXELS} pixels")))
        }
        (true, Some(width), Some(height)) => Ok((width, height)),
        _ => Err(Failure::invalid_input("image", "must be a PNG file")),
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::Media;

    use super::*;

    fn read(file: &[u8]) -> Result<Response> {
        MyProvider::read(Request::new(Media::new("image/png", file.to_vec())?), &CallOptions::new("measure"))
    }

    #[test]
    fn the_size_is_that_of_the_header() {
        let header = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\0\xa0";
        assert_eq!(read(header).unwrap().text, "640 x 160 pixels");
        assert!(read(&header[..20]).is_err() && read(b"GIF89a").is_err());
        assert!(read(&[&header[..16], &[1; 8]].concat()).is_err(), "it is too large");
    }
}
