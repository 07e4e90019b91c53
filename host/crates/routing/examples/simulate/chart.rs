//! Curves as pictures.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

/// A picture's width and height.
const SIZE: (u32, u32) = (960, 480);
/// The colour of our policy, and those of the others in turn. They can be told apart by those who see few colours.
const OURS: RGBColor = RGBColor(0, 0, 0);
const OTHERS: [RGBColor; 9] = [
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(213, 94, 0),
    RGBColor(0, 114, 178),
    RGBColor(148, 103, 189),
    RGBColor(140, 140, 140),
    RGBColor(166, 118, 29),
];

/// A line of a chart.
#[derive(Debug)]
pub(crate) struct Line {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Seconds and percent.
    pub(crate) points: Vec<(f64, f64)>,
}

/// What is on a chart beside its lines, the first of which is ours.
#[derive(Debug)]
pub(crate) struct Frame {
    /// What it shows.
    pub(crate) title: &'static str,
    /// What is counted, in percent.
    pub(crate) count: &'static str,
    /// The first and the last second.
    pub(crate) seconds: (f64, f64),
    /// The most that there can be.
    pub(crate) most: f64,
    /// The percentage that is worth a line of its own.
    pub(crate) mark: f64,
}

/// Draws lines, as SVG.
pub(crate) fn draw(frame: &Frame, lines: &[Line]) -> Result<String> {
    let mut svg = String::new();
    draw_to(&mut svg, frame, lines).map_err(|error| anyhow!("cannot draw `{}`: {error}", frame.title))?;
    // A file ends with a line break, and no line with a space.
    Ok(svg.lines().flat_map(|line| [line.trim_end(), "\n"]).collect())
}

fn draw_to(
    svg: &mut String,
    frame: &Frame,
    lines: &[Line],
) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (plot, legend) = root.split_horizontally(700);
    let (first, last) = frame.seconds;
    let mut chart = ChartBuilder::on(&plot)
        .caption(frame.title, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(first..last, 0.0..frame.most)?;
    chart
        .configure_mesh()
        .x_desc("seconds")
        .y_desc(frame.count)
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .max_light_lines(1)
        .draw()?;
    chart.draw_series([PathElement::new(vec![(first, frame.mark), (last, frame.mark)], BLACK.mix(0.4))])?;
    let colours = [OURS].into_iter().chain(OTHERS.into_iter().cycle());
    for (place, (line, colour)) in lines.iter().zip(colours).enumerate() {
        let style = colour.stroke_width(if place == 0 { 4 } else { 2 });
        chart.draw_series(LineSeries::new(line.points.iter().copied(), style))?;
        let height = 50 + 24 * place as i32;
        legend.draw(&PathElement::new(vec![(0, height), (24, height)], style))?;
        legend.draw(&Text::new(line.name, (32, height - 7), ("sans-serif", 14)))?;
    }
    root.present()
}
