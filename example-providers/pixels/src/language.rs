//! The language of the prompt: operations separated by `,`, `;`, `then` or a new line, in any case.
//!
//! | operation | what it does |
//! |---|---|
//! | `resize 300x200`, `resize 50%` | makes it so large |
//! | `fit 300x200` | makes it as large as fits, keeping its shape |
//! | `crop 300x200+10+20` | cuts out so much, that far from the left and the top; from the middle when no place is given |
//! | `crop 16:9` | cuts the largest part of this shape out of the middle |
//! | `rotate 90`, `180`, `270`, `right`, `left` | turns it clockwise |
//! | `flip`, `mirror` | turns it upside down, swaps left and right |
//! | `blur 2.5` | blurs it, by the standard deviation in pixels |
//! | `sharpen` | sharpens it |
//! | `grayscale` | takes the colours away |
//! | `invert` | makes a negative |
//! | `brighten 20` | adds light, -100 to 100 percent |
//! | `contrast 15` | adds contrast, -100 to 100 percent |
//! | `convert png`, `jpeg`, `webp` | chooses the format |

use palisade_guest::{Failure, Result};

use crate::file::Format;
use crate::operation::{Operation, Turn};

/// What is known, for the failure that names what is not.
const KNOWN: &str = "resize 300x200, resize 50%, fit 300x200, crop 300x200+10+20, crop 16:9, rotate 90, flip, mirror, \
                     blur 2.5, sharpen, grayscale, invert, brighten 20, contrast 15, convert jpeg";

/// Each takes time, and nobody writes more by hand.
const MAX_OPERATIONS: usize = 32;

/// What a prompt asks for, in its order.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Program {
    /// What changes the picture.
    pub(crate) operations: Vec<Operation>,
    /// The format of the last `convert`.
    pub(crate) format: Option<Format>,
}

/// Reads a prompt.
///
/// # Errors
/// On the field `prompt`: `invalid-input` for what is not in the language, `limit-exceeded` for too many operations.
pub(crate) fn parse(prompt: &str) -> Result<Program> {
    let prompt = prompt.to_lowercase();
    let parts = prompt.split([',', ';', '\n']).flat_map(|part| [part, "then"]);
    let words: Vec<&str> = parts.flat_map(str::split_whitespace).collect();
    let mut program = Program::default();
    let steps = words.split(|&word| word == "then").filter(|step| !step.is_empty());
    for (count, step) in steps.enumerate() {
        if count == MAX_OPERATIONS {
            return Err(Failure::limit_exceeded("prompt", format!("at most {MAX_OPERATIONS} operations are taken")));
        }
        match step {
            ["convert", format] => match Format::from_name(format) {
                Some(format) => program.format = Some(format),
                None => return Err(wants("convert", "png, jpeg or webp", "convert jpeg")),
            },
            _ => program.operations.push(operation(step)?),
        }
    }
    if program == Program::default() {
        return Err(Failure::invalid_input("prompt", format!("must name an operation: {KNOWN}")));
    }
    Ok(program)
}

fn operation(step: &[&str]) -> Result<Operation> {
    let (name, argument, extra) = match *step {
        [] => ("", "", None),
        [name] => (name, "", None),
        [name, argument] => (name, argument, None),
        [name, argument, extra, ..] => (name, argument, Some(extra)),
    };
    let read = match (name, argument) {
        ("resize", size) => resize(size).ok_or(("a size or a percentage", "resize 300x200")),
        ("fit", size) => {
            pair(size, 'x').map(|(width, height)| Operation::Fit(width, height)).ok_or(("a size", "fit 300x200"))
        }
        ("crop", part) => crop(part).ok_or(("a size and a place, or a shape", "crop 300x200+10+20")),
        ("rotate", angle) => turn(angle).map(Operation::Rotate).ok_or(("90, 180, 270, right or left", "rotate 90")),
        ("flip", "") => Ok(Operation::Flip),
        ("mirror", "") => Ok(Operation::Mirror),
        ("blur", deviation) => {
            number(deviation, 0.1, 100.0).map(Operation::Blur).ok_or(("a number from 0.1 to 100", "blur 2.5"))
        }
        ("sharpen", "") => Ok(Operation::Sharpen),
        ("grayscale" | "greyscale", "") => Ok(Operation::Grayscale),
        ("invert", "") => Ok(Operation::Invert),
        ("brighten", by) => percent(by).map(Operation::Brighten).ok_or(("a number from -100 to 100", "brighten 20")),
        ("contrast", by) => percent(by).map(Operation::Contrast).ok_or(("a number from -100 to 100", "contrast 15")),
        ("convert", _) => Err(("png, jpeg or webp", "convert jpeg")),
        ("flip" | "mirror" | "sharpen" | "grayscale" | "greyscale" | "invert", extra) => return Err(unknown(extra)),
        (other, _) => return Err(unknown(other)),
    };
    match (read, extra) {
        (Ok(operation), None) => Ok(operation),
        (Ok(_), Some(extra)) => Err(unknown(extra)),
        (Err((what, example)), _) => Err(wants(name, what, example)),
    }
}

fn resize(argument: &str) -> Option<Operation> {
    match argument.strip_suffix('%') {
        Some(percent) => number(percent, 0.1, 10_000.0).map(Operation::Scale),
        None => pair(argument, 'x').map(|(width, height)| Operation::Resize(width, height)),
    }
}

fn crop(argument: &str) -> Option<Operation> {
    if let Some((width, height)) = pair(argument, ':') {
        return Some(Operation::CropShape(width, height));
    }
    let Some((size, place)) = argument.split_once('+') else {
        return pair(argument, 'x').map(|size| Operation::Crop { size, place: None });
    };
    let (left, top) = place.split_once('+')?;
    Some(Operation::Crop { size: pair(size, 'x')?, place: Some((left.parse().ok()?, top.parse().ok()?)) })
}

fn turn(argument: &str) -> Option<Turn> {
    match argument {
        "90" | "right" => Some(Turn::Right),
        "180" => Some(Turn::Half),
        "270" | "left" => Some(Turn::Left),
        _ => None,
    }
}

/// Two whole numbers of at least 1.
fn pair(argument: &str, between: char) -> Option<(u32, u32)> {
    let (first, second) = argument.split_once(between)?;
    let pair = (first.parse().ok()?, second.parse().ok()?);
    (pair.0 > 0 && pair.1 > 0).then_some(pair)
}

fn number(argument: &str, min: f32, max: f32) -> Option<f32> {
    argument.parse().ok().filter(|number| (min..=max).contains(number))
}

fn percent(argument: &str) -> Option<f32> {
    number(argument.strip_suffix('%').unwrap_or(argument), -100.0, 100.0)
}

fn wants(name: &str, what: &str, example: &str) -> Failure {
    Failure::invalid_input("prompt", format!("`{name}` wants {what}, for example `{example}`"))
}

fn unknown(word: &str) -> Failure {
    // A caller's word is cut, as the sentence ends up in logs.
    let word: String = word.chars().take(40).collect();
    Failure::invalid_input("prompt", format!("{word:?} is not an operation; known are: {KNOWN}"))
}

#[cfg(test)]
mod tests {
    use palisade_guest::FailureKind;

    use super::*;

    #[test]
    fn every_operation_is_read() {
        for (prompt, operation) in [
            ("resize 300x200", Operation::Resize(300, 200)),
            ("RESIZE 300X200", Operation::Resize(300, 200)),
            ("resize 50%", Operation::Scale(50.0)),
            ("fit 300x200", Operation::Fit(300, 200)),
            ("crop 30x20+1+2", Operation::Crop { size: (30, 20), place: Some((1, 2)) }),
            ("crop 30x20", Operation::Crop { size: (30, 20), place: None }),
            ("crop 16:9", Operation::CropShape(16, 9)),
            ("rotate 90", Operation::Rotate(Turn::Right)),
            ("rotate Right", Operation::Rotate(Turn::Right)),
            ("rotate 180", Operation::Rotate(Turn::Half)),
            ("rotate 270", Operation::Rotate(Turn::Left)),
            ("rotate left", Operation::Rotate(Turn::Left)),
            ("flip", Operation::Flip),
            ("mirror", Operation::Mirror),
            ("blur 2.5", Operation::Blur(2.5)),
            ("sharpen", Operation::Sharpen),
            ("grayscale", Operation::Grayscale),
            ("invert", Operation::Invert),
            ("brighten -20", Operation::Brighten(-20.0)),
            ("contrast 15%", Operation::Contrast(15.0)),
        ] {
            assert_eq!(parse(prompt).unwrap().operations, [operation], "{prompt}");
        }
        assert_eq!(parse("convert webp").unwrap().format, Some(Format::WebP));
    }

    #[test]
    fn operations_are_separated_in_many_ways() {
        let program = parse("Flip, mirror;invert then\tsharpen\ngrayscale,, then, convert png.").unwrap_err();
        assert!(program.message.contains("`convert` wants png, jpeg or webp"), "{}", program.message);
        let program = parse(" flip, mirror;invert then\tsharpen\ngrayscale,, then, convert png;").unwrap();
        let operations =
            [Operation::Flip, Operation::Mirror, Operation::Invert, Operation::Sharpen, Operation::Grayscale];
        assert_eq!(program, Program { operations: operations.into(), format: Some(Format::Png) });
    }

    #[test]
    fn what_is_not_in_the_language_is_named() {
        for (prompt, reason) in [
            ("flip, sharpne", "\"sharpne\" is not an operation; known are: resize 300x200,"),
            ("flip it", "\"it\" is not an operation"),
            ("make the sky blue", "\"make\" is not"),
            ("rotate 90 degrees", "\"degrees\" is not"),
            ("rotate 45", "`rotate` wants 90, 180, 270, right or left, for example `rotate 90`"),
            ("resize", "`resize` wants a size or a percentage"),
            ("resize 0x5", "`resize` wants"),
            ("resize -5%", "`resize` wants"),
            ("resize 99999999999x1", "`resize` wants"),
            ("fit 5", "`fit` wants a size"),
            ("crop 5x5+1", "`crop` wants"),
            ("crop 5x5+-1+2", "`crop` wants"),
            ("crop 0:9", "`crop` wants"),
            ("blur", "`blur` wants a number from 0.1 to 100"),
            ("blur 1e9", "`blur` wants"),
            ("blur nan", "`blur` wants"),
            ("brighten 101", "`brighten` wants"),
            ("contrast inf", "`contrast` wants"),
            ("convert gif", "`convert` wants png, jpeg or webp"),
            ("convert", "`convert` wants"),
            (" ,then; ", "must name an operation: resize 300x200,"),
        ] {
            let failure = parse(prompt).unwrap_err();
            let FailureKind::InvalidInput(bad) = failure.kind else { panic!("{failure:?}") };
            assert_eq!(bad.field, "prompt");
            assert!(bad.reason.starts_with(reason), "{prompt}: {}", bad.reason);
        }
    }

    #[test]
    fn there_are_not_too_many_operations() {
        assert!(parse(&"flip,".repeat(MAX_OPERATIONS)).is_ok());
        let failure = parse(&"flip,".repeat(MAX_OPERATIONS + 1)).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::LimitExceeded(_)));
    }

    #[test]
    fn the_known_operations_are_in_the_language() {
        assert_eq!(parse(KNOWN).unwrap().operations.len() + 1, KNOWN.split(',').count());
    }
}
