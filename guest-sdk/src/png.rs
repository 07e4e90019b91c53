//! Raw samples as a PNG file.

use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use crate::{Failure, Result};

/// Encodes 8-bit samples, row by row: one a pixel is grey, three are red, green and blue, four have alpha last.
pub(crate) fn encode(samples: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let pixels = u64::from(width) * u64::from(height);
    let color = [(1, ColorType::Grayscale), (3, ColorType::Rgb), (4, ColorType::Rgba)]
        .into_iter()
        .find_map(|(channels, color)| (pixels * channels == samples.len() as u64).then_some(color))
        .ok_or_else(|| Failure::internal(format!("{} samples don't make {width}x{height} pixels", samples.len())))?;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    // Trying all filters, as is the default, takes longer than all the rest.
    encoder.set_filter(Filter::Up);
    let mut writer = encoder.write_header().map_err(Failure::internal)?;
    writer.write_image_data(samples).map_err(Failure::internal)?;
    writer.finish().map_err(Failure::internal)?;
    Ok(file)
}
