//! What stands and moves in front of the land: firs, birds, a boat, a fox, snow and rain.

use palisade_guest::Random;
use tiny_skia::{PathBuilder, Pixmap, Transform};

use crate::color::Color;
use crate::fox;
use crate::land::Ridge;
use crate::mood::{Land, Light, Mood, Season};
use crate::scene::Scene;
use crate::sky::Sky;

pub(crate) fn add(picture: &mut Pixmap, mood: &Mood, sky: &Sky, ridges: &[Ridge], random: &mut Random) {
    let aspect = picture.width() as f32 / picture.height() as f32;
    let mut scene = Scene::new(picture);
    if mood.birds {
        birds(&mut scene, mood, sky, aspect, random);
    }
    if mood.boat {
        boat(&mut scene, mood, sky, aspect, random);
    }
    if matches!(mood.land, Land::Forest | Land::Mountains)
        && let Some(front) = ridges.last()
    {
        let dark = match mood.season {
            Season::Winter => mood.palette.zenith.mix(Color::hex(0x0c1726), 0.72),
            _ => front.color * 0.62,
        };
        framing_firs(&mut scene, dark, mood, front, aspect, random);
        if mood.fox {
            // In the open, looking at the light.
            let looks_left = sky.sun.0 < aspect / 2.0;
            let x = aspect * if looks_left { 0.57 } else { 0.43 };
            let foot = (ground(front, x, aspect) + 0.05).min(0.96);
            fox::sit(&mut scene, mood, (x, foot), 0.17 * aspect.clamp(0.3, 1.0), looks_left);
        }
    }
    if mood.snowfall {
        snow(&mut scene, aspect, random);
    }
    if mood.rain {
        rain(&mut scene, aspect, random);
    }
}

fn ground(front: &Ridge, x: f32, aspect: f32) -> f32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns of a picture; saturates")]
    let column = (x / aspect * front.tops.len() as f32).max(0.0) as usize;
    front.tops.get(column.min(front.tops.len().saturating_sub(1))).copied().unwrap_or(1.0)
}

/// Tall firs at both sides, leaving the middle open.
fn framing_firs(scene: &mut Scene<'_>, color: Color, mood: &Mood, front: &Ridge, aspect: f32, random: &mut Random) {
    let (left, right) = if random.chance(0.5) { (5, 3) } else { (3, 5) };
    let mut trees = Vec::new();
    for (count, from_left) in [(left, true), (right, false)] {
        for index in 0..count {
            let across = (index as f32 + random.between(0.1, 0.9)) * 0.055 * aspect.min(1.2) - 0.02;
            let tall = random.between(0.2, 0.36) * (1.15 - 0.14 * index as f32) * aspect.clamp(0.3, 1.0);
            trees.push((if from_left { across } else { aspect - across }, tall));
        }
    }
    trees.sort_by(|a, b| a.1.total_cmp(&b.1));
    for (x, tall) in trees {
        let foot = (ground(front, x, aspect) + 0.06).min(1.02);
        fir(scene, color, mood, (x, foot), tall, random);
    }
}

fn fir(scene: &mut Scene<'_>, color: Color, mood: &Mood, (x, foot): (f32, f32), tall: f32, random: &mut Random) {
    let mut body = PathBuilder::new();
    let mut snow = PathBuilder::new();
    let top = foot - tall;
    body.move_to(x - tall * 0.012, foot);
    body.line_to(x - tall * 0.004, top);
    body.line_to(x + tall * 0.004, top);
    body.line_to(x + tall * 0.012, foot);
    body.close();
    let tiers: u8 = 15;
    for tier in 0..tiers {
        let share = f32::from(tier) / f32::from(tiers);
        let y = top + tall * 0.9 * share;
        for side in [-1.0, 1.0] {
            let reach = tall * (0.025 + 0.2 * share) * random.between(0.7, 1.15) * side;
            let droop = tall * random.between(0.055, 0.085) * (0.6 + share);
            body.move_to(x, y - tall * 0.01);
            body.quad_to(x + reach * 0.45, y + droop * 0.35, x + reach, y + droop);
            body.quad_to(x + reach * 0.6, y + droop * 0.98, x + reach * 0.5, y + droop * 1.25);
            body.quad_to(x + reach * 0.25, y + droop * 0.9, x, y + tall * 0.085);
            body.close();
            snow.move_to(x + reach * 0.12, y + droop * 0.05);
            snow.quad_to(x + reach * 0.5, y + droop * 0.33, x + reach, y + droop);
            snow.quad_to(x + reach * 0.55, y + droop * 0.68, x + reach * 0.12, y + droop * 0.3);
            snow.close();
        }
    }
    scene.fill(body, color, 1.0, Transform::identity());
    if mood.season == Season::Winter {
        scene.fill(snow, mood.palette.mist.mix(Color::WHITE, 0.5), 0.75, Transform::identity());
    }
}

fn birds(scene: &mut Scene<'_>, mood: &Mood, sky: &Sky, aspect: f32, random: &mut Random) {
    let middle = (aspect - sky.sun.0 + random.between(-0.08, 0.08), sky.sun.1 + random.between(-0.04, 0.1));
    for _ in 0..random.pick([5, 7, 9]) {
        let (x, y) = (middle.0 + random.between(-0.14, 0.14), middle.1 + random.between(-0.07, 0.07));
        let (span, flap) = (random.between(0.008, 0.017), random.between(0.25, 0.6));
        let mut wings = PathBuilder::new();
        wings.move_to(x - span, y - span * flap * 0.6);
        wings.quad_to(x - span * 0.45, y - span * flap, x, y);
        wings.quad_to(x + span * 0.45, y - span * flap, x + span, y - span * flap * 0.6);
        scene.stroke(wings, mood.palette.zenith.mix(Color::hex(0x120d16), 0.6), 0.8, span * 0.14);
    }
}

fn boat(scene: &mut Scene<'_>, mood: &Mood, sky: &Sky, aspect: f32, random: &mut Random) {
    let x = sky.sun.0 + (aspect / 2.0 - sky.sun.0).signum() * random.between(0.14, 0.24) * aspect;
    let (y, size) = (sky.horizon + random.between(0.05, 0.1), random.between(0.05, 0.075) * aspect.clamp(0.3, 1.0));
    let place = Transform::from_row(size, 0.0, 0.0, size, x, y);
    let dark = mood.palette.zenith.mix(Color::hex(0x120d16), 0.75);
    let mut hull = PathBuilder::new();
    hull.move_to(-0.62, -0.14);
    hull.line_to(0.72, -0.16);
    hull.quad_to(0.5, 0.1, 0.3, 0.1);
    hull.line_to(-0.42, 0.1);
    hull.quad_to(-0.56, 0.06, -0.62, -0.14);
    hull.close();
    hull.move_to(0.03, -1.6);
    hull.line_to(0.065, -1.6);
    hull.line_to(0.065, -0.1);
    hull.line_to(0.03, -0.1);
    hull.close();
    let mut sails = PathBuilder::new();
    sails.move_to(0.0, -1.55);
    sails.quad_to(-0.14, -0.75, -0.6, -0.26);
    sails.line_to(0.0, -0.24);
    sails.close();
    sails.move_to(0.1, -1.42);
    sails.quad_to(0.34, -0.8, 0.66, -0.28);
    sails.line_to(0.1, -0.26);
    sails.close();
    let mut shadow = PathBuilder::new();
    for (step, wide) in [(0.14, 0.55), (0.24, 0.36), (0.36, 0.42), (0.5, 0.22), (0.66, 0.26)] {
        shadow.move_to(-wide, step);
        shadow.quad_to(0.0, step - 0.04, wide, step);
        shadow.quad_to(0.0, step + 0.05, -wide, step);
        shadow.close();
    }
    scene.fill(shadow, dark, 0.45, place);
    scene.fill(
        sails,
        mood.palette.disc.mix(mood.palette.horizon, if mood.light == Light::Night { 0.6 } else { 0.2 }),
        0.95,
        place,
    );
    scene.fill(hull, dark, 1.0, place);
}

fn snow(scene: &mut Scene<'_>, aspect: f32, random: &mut Random) {
    for (count, size, alpha) in [(170.0, 0.0018, 0.55), (70.0, 0.003, 0.7), (16.0, 0.0058, 0.35)] {
        let mut flakes = PathBuilder::new();
        let mut left = count * aspect.min(4.0);
        while left > 0.0 {
            flakes.push_circle(random.between(0.0, aspect), random.between(0.0, 1.0), size * random.between(0.6, 1.2));
            left -= 1.0;
        }
        scene.fill(flakes, Color::WHITE, alpha, Transform::identity());
    }
}

fn rain(scene: &mut Scene<'_>, aspect: f32, random: &mut Random) {
    let mut drops = PathBuilder::new();
    let mut left = 260.0 * aspect.min(4.0);
    while left > 0.0 {
        let (x, y, long) = (random.between(0.0, aspect + 0.2), random.between(-0.05, 1.0), random.between(0.02, 0.05));
        drops.move_to(x, y);
        drops.line_to(x - long * 0.22, y + long);
        left -= 1.0;
    }
    scene.stroke(drops, Color::WHITE, 0.2, 0.0012);
}
