//! A fox that sits.

use tiny_skia::{PathBuilder, Transform};

use crate::color::Color;
use crate::mood::{Light, Mood};
use crate::scene::Scene;

/// Draws it with its feet at this point, so many heights of the picture tall.
pub(crate) fn sit(scene: &mut Scene<'_>, mood: &Mood, (x, foot): (f32, f32), size: f32, looks_left: bool) {
    let place = Transform::from_row(if looks_left { size } else { -size }, 0.0, 0.0, size, x, foot);
    let shade = |hex, share| {
        Color::hex(hex).mix(mood.palette.zenith, if mood.light == Light::Night { share + 0.2 } else { share })
    };
    let (red, white, dark) = (shade(0xd2561f, 0.08), shade(0xfbeee0, 0.06), shade(0x2a1512, 0.1));

    let mut shadow = PathBuilder::new();
    shadow.move_to(-0.3, 0.0);
    shadow.quad_to(0.15, -0.07, 0.72, 0.0);
    shadow.quad_to(0.15, 0.08, -0.3, 0.0);
    scene.fill(shadow, mood.palette.zenith * 0.6, 0.3, place);

    let mut tail = PathBuilder::new();
    tail.move_to(0.1, -0.01);
    tail.cubic_to(0.5, 0.06, 0.74, -0.06, 0.66, -0.42);
    tail.cubic_to(0.56, -0.22, 0.4, -0.2, 0.14, -0.22);
    tail.close();
    scene.fill(tail, red * 0.9, 1.0, place);
    let mut tip = PathBuilder::new();
    tip.move_to(0.66, -0.42);
    tip.cubic_to(0.69, -0.28, 0.68, -0.19, 0.65, -0.12);
    tip.quad_to(0.62, -0.2, 0.57, -0.18);
    tip.quad_to(0.58, -0.24, 0.55, -0.265);
    tip.quad_to(0.62, -0.33, 0.66, -0.42);
    scene.fill(tip, white, 1.0, place);

    let mut body = PathBuilder::new();
    body.move_to(-0.19, 0.0);
    body.quad_to(-0.2, -0.035, -0.13, -0.05);
    body.cubic_to(-0.13, -0.25, -0.2, -0.36, -0.15, -0.6);
    body.line_to(0.04, -0.74);
    body.cubic_to(0.08, -0.55, 0.3, -0.48, 0.31, -0.2);
    body.quad_to(0.32, -0.04, 0.24, 0.0);
    body.close();
    scene.fill(body, red, 1.0, place);

    let mut haunch = PathBuilder::new();
    haunch.move_to(0.02, -0.01);
    haunch.quad_to(0.0, -0.05, 0.06, -0.06);
    haunch.cubic_to(0.02, -0.28, 0.16, -0.34, 0.22, -0.3);
    haunch.cubic_to(0.1, -0.26, 0.08, -0.16, 0.1, 0.0);
    haunch.close();
    scene.fill(haunch, red * 0.8, 1.0, place);

    let mut paws = PathBuilder::new();
    paws.move_to(-0.19, 0.0);
    paws.quad_to(-0.2, -0.035, -0.13, -0.05);
    paws.quad_to(-0.125, -0.12, -0.13, -0.17);
    paws.line_to(-0.05, -0.15);
    paws.quad_to(-0.06, -0.06, -0.07, 0.0);
    paws.close();
    scene.fill(paws, dark, 1.0, place);

    let mut chest = PathBuilder::new();
    chest.move_to(-0.19, -0.6);
    chest.cubic_to(-0.2, -0.46, -0.16, -0.36, -0.145, -0.24);
    chest.quad_to(-0.11, -0.3, -0.1, -0.38);
    chest.quad_to(-0.05, -0.48, -0.03, -0.6);
    chest.close();
    scene.fill(chest, white, 1.0, place);

    head(scene, place, red, white, dark);
}

fn head(scene: &mut Scene<'_>, place: Transform, red: Color, white: Color, dark: Color) {
    let mut far_ear = PathBuilder::new();
    far_ear.move_to(-0.2, -0.78);
    far_ear.quad_to(-0.2, -0.92, -0.15, -1.0);
    far_ear.quad_to(-0.08, -0.9, -0.07, -0.8);
    far_ear.close();
    scene.fill(far_ear, dark, 1.0, place);

    let mut head = PathBuilder::new();
    head.move_to(-0.43, -0.655);
    head.quad_to(-0.42, -0.69, -0.36, -0.7);
    head.quad_to(-0.28, -0.79, -0.16, -0.81);
    head.quad_to(-0.1, -0.95, -0.03, -1.0);
    head.quad_to(0.05, -0.9, 0.05, -0.76);
    head.cubic_to(0.08, -0.68, 0.02, -0.56, -0.08, -0.56);
    head.quad_to(-0.3, -0.58, -0.43, -0.635);
    head.close();
    scene.fill(head, red, 1.0, place);

    let mut ear = PathBuilder::new();
    ear.move_to(-0.09, -0.83);
    ear.quad_to(-0.06, -0.92, -0.03, -0.955);
    ear.quad_to(0.015, -0.88, 0.01, -0.8);
    ear.close();
    scene.fill(ear, dark, 0.85, place);

    let mut cheek = PathBuilder::new();
    cheek.move_to(-0.43, -0.64);
    cheek.quad_to(-0.28, -0.67, -0.2, -0.66);
    cheek.quad_to(-0.1, -0.7, 0.01, -0.64);
    cheek.quad_to(0.0, -0.57, -0.07, -0.53);
    cheek.quad_to(-0.3, -0.57, -0.43, -0.625);
    cheek.close();
    scene.fill(cheek, white, 1.0, place);

    let mut dots = PathBuilder::new();
    dots.push_circle(-0.428, -0.65, 0.022);
    dots.push_circle(-0.205, -0.715, 0.016);
    scene.fill(dots, dark, 1.0, place);
}
