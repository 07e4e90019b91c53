//! A provider that reads the barcodes and QR codes in a picture.
//!
//! `scan` looks at the picture in several ways, `matrix` and `linear` find the codes of two and of one dimension, and
//! `found` says where they are.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod found;
mod linear;
mod matrix;
mod scan;

use palisade_guest::catalog::Model;
use palisade_guest::image_to_text::{Request, Response};
use palisade_guest::picture::{Bounds, MEDIA_TYPES};
use palisade_guest::{CallOptions, Description, ImageToText, Provider, Result, Usage};

/// The largest picture: that of a camera with 16 megapixels. What is larger can be made smaller without losing a code.
const BOUNDS: Bounds = Bounds::new(4096, 4096 * 4096);

/// The only task.
const TASK: &str = "codes";

/// The provider.
#[derive(Debug)]
pub struct Barcode;

impl Provider for Barcode {
    fn describe() -> Description {
        let mut model = Model::new("barcode").free().tag("barcode").tag("qr-code").choice("task", &[TASK]);
        for media_type in MEDIA_TYPES {
            model = model.input(media_type);
        }
        Description::new("barcode").summary("Reads the barcodes and QR codes in a picture.").model(model)
    }
}

impl ImageToText for Barcode {
    fn read(request: Request, options: &CallOptions) -> Result<Response> {
        let mut warnings = options.warnings();
        if request.task.is_some_and(|task| task != TASK) {
            warnings.replaced("task", TASK)?;
        }
        let picture = BOUNDS.decode(&request.image, "image", &mut warnings)?;
        let findings = scan::scan(picture.pixels);
        let texts: Vec<&str> = findings.iter().map(|finding| finding.text.as_str()).collect();
        let response = Response::new(texts.join("\n")).usage(Usage::images(1)).warnings(warnings.into_vec());
        Ok(Response { findings, ..response })
    }
}

palisade_guest::export!(Barcode: image_to_text);

#[cfg(test)]
mod tests;
