//! What the words of a prompt say about light, land and weather. What they leave open, the seed decides.

use palisade_guest::Random;

use crate::color::Color;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Light {
    Dawn,
    Day,
    Dusk,
    Night,
    Storm,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Land {
    Mountains,
    Forest,
    Sea,
    Desert,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Season {
    Summer,
    Autumn,
    Winter,
}

/// What is painted.
#[derive(Clone, Debug)]
pub(crate) struct Mood {
    pub(crate) light: Light,
    pub(crate) land: Land,
    pub(crate) season: Season,
    pub(crate) snowfall: bool,
    pub(crate) rain: bool,
    pub(crate) aurora: bool,
    pub(crate) moon: bool,
    pub(crate) birds: bool,
    pub(crate) fox: bool,
    pub(crate) boat: bool,
    pub(crate) palette: Palette,
}

#[derive(Clone, Debug)]
pub(crate) struct Palette {
    pub(crate) zenith: Color,
    pub(crate) middle: Color,
    pub(crate) horizon: Color,
    /// The sun or the moon, and what shines around it.
    pub(crate) disc: Color,
    pub(crate) far: Color,
    pub(crate) near: Color,
    /// What lies in the valleys.
    pub(crate) mist: Color,
}

impl Mood {
    pub(crate) fn read(prompt: &str, random: &mut Random) -> Self {
        let text = prompt.to_lowercase();
        let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
        // A plural counts as well.
        let has =
            |list: &[&str]| words.iter().any(|word| list.contains(word) || list.contains(&word.trim_end_matches('s')));

        let winter = has(&["snow", "snowy", "winter", "ice", "icy", "frost", "frozen", "arctic", "glacier", "cold"]);
        let autumn =
            has(&["autumn", "fall", "fire", "ember", "flame", "volcano", "lava", "copper", "maple", "october"]);
        let aurora = has(&["aurora", "borealis", "northern"]);
        let rain = has(&["rain", "rainy", "storm", "stormy", "thunder", "drizzle"]);
        let snowfall = has(&["snowfall", "snowing", "blizzard", "snowflake", "flake"]);
        let moon = has(&["moon", "moonlight", "moonlit", "lunar"]);
        let night = aurora
            || moon
            || has(&["night", "midnight", "star", "starry", "dark", "galaxy", "space", "cosmos", "nocturne"]);

        let light = if rain || has(&["fog", "foggy", "grey", "gray", "gloomy"]) {
            Light::Storm
        } else if night {
            Light::Night
        } else if has(&["dawn", "morning", "sunrise", "spring", "pastel", "blossom", "calm"]) {
            Light::Dawn
        } else if autumn || has(&["dusk", "evening", "sunset", "twilight", "romantic", "warm"]) {
            Light::Dusk
        } else if has(&["day", "noon", "summer", "sunny", "sun", "blue", "bright"]) {
            Light::Day
        } else if winter {
            random.pick([Light::Dawn, Light::Dusk, Light::Day])
        } else {
            random.pick([Light::Dusk, Light::Dusk, Light::Dawn, Light::Day, Light::Night])
        };
        let boat = has(&["boat", "ship", "sail", "sailing", "yacht"]);
        let fox = has(&["fox", "wolf", "dog", "coyote", "vixen"]);
        let land = if boat
            || has(&[
                "sea", "ocean", "lake", "wave", "beach", "coast", "island", "water", "river", "harbour", "harbor",
                "fish", "whale",
            ]) {
            Land::Sea
        } else if has(&["desert", "dune", "sand", "sahara", "camel", "cactus", "mars", "canyon"]) {
            Land::Desert
        } else if fox
            || has(&[
                "forest", "wood", "tree", "pine", "fir", "jungle", "deer", "bear", "owl", "cabin", "green", "maple",
            ])
        {
            Land::Forest
        } else if has(&["mountain", "alp", "peak", "summit", "hill", "valley", "volcano", "glacier"]) {
            Land::Mountains
        } else {
            random.pick([Land::Mountains, Land::Mountains, Land::Forest, Land::Sea])
        };
        let season = match (winter || snowfall, autumn) {
            (true, _) => Season::Winter,
            (_, true) => Season::Autumn,
            _ => Season::Summer,
        };
        let birds = has(&["bird", "gull", "raven", "crow", "swallow", "eagle", "goose", "geese", "crane"])
            || (light != Light::Night && random.chance(0.6));
        let palette = palette(light, land, season);
        Self {
            light,
            land,
            season,
            snowfall: snowfall || (winter && random.chance(0.7)),
            rain: rain && !winter,
            aurora: aurora || (light == Light::Night && winter && random.chance(0.5)),
            moon: light == Light::Night,
            birds,
            fox,
            boat: boat || (land == Land::Sea && random.chance(0.5)),
            palette,
        }
    }
}

fn palette(light: Light, land: Land, season: Season) -> Palette {
    let [zenith, middle, horizon, disc, far, near, mist] = match light {
        Light::Dawn => [0x5f86b8, 0xf0b8a4, 0xffe6c4, 0xfff8e4, 0x9fb2d0, 0x20364f, 0xfcdcc6],
        Light::Day => [0x2f86c9, 0x84c4e6, 0xeaf6ee, 0xfffce8, 0x8fb8d4, 0x17394a, 0xdff0f0],
        Light::Dusk => [0x2c2a5e, 0xc4587c, 0xffb56e, 0xfff0c2, 0x95608e, 0x1c1532, 0xf5a880],
        Light::Night => [0x050a20, 0x12224e, 0x3a568f, 0xf6f1da, 0x2d4377, 0x050817, 0x40609a],
        Light::Storm => [0x2c3846, 0x5f7280, 0xb4bfbe, 0xe8ead9, 0x75868f, 0x151d24, 0xb6c0bf],
    }
    .map(Color::hex);
    let mut palette = Palette { zenith, middle, horizon, disc, far, near, mist };
    let dark = matches!(light, Light::Night | Light::Storm);
    let tint = |color: &mut Color, hex: u32, share: f32| {
        *color = color.mix(Color::hex(hex), if dark { share * 0.45 } else { share });
    };
    match (season, land) {
        (Season::Winter, _) => {
            tint(&mut palette.far, 0xc3d3e6, 0.55);
            palette.near = palette.mist.mix(Color::WHITE, 0.55).mix(palette.zenith, if dark { 0.35 } else { 0.12 });
        }
        (Season::Autumn, _) => {
            tint(&mut palette.far, 0xc4503c, 0.5);
            tint(&mut palette.near, 0x3a0f14, 0.7);
            tint(&mut palette.zenith, 0x5c1f3a, 0.5);
        }
        (Season::Summer, Land::Desert) => {
            tint(&mut palette.far, 0xe0a070, 0.75);
            tint(&mut palette.near, 0x7a3018, 0.75);
            tint(&mut palette.mist, 0xffdca8, 0.6);
            tint(&mut palette.middle, 0xf6d2a0, 0.3);
        }
        (Season::Summer, Land::Forest) => {
            tint(&mut palette.far, 0x8fbda6, 0.6);
            tint(&mut palette.near, 0x0d2e26, 0.8);
            tint(&mut palette.mist, 0xe6f2d8, 0.35);
        }
        (Season::Summer, _) => {}
    }
    palette
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(prompt: &str) -> Mood {
        Mood::read(prompt, &mut Random::new(1))
    }

    #[test]
    fn words_decide() {
        let mood = read("A red fox in fresh snow, at Night!");
        assert_eq!((mood.light, mood.land, mood.season), (Light::Night, Land::Forest, Season::Winter));
        assert!(mood.fox && mood.moon);
        assert_eq!(read("waves").land, Land::Sea);
        assert_eq!(read("autumn hills").season, Season::Autumn);
    }

    #[test]
    fn parts_of_words_do_not() {
        assert!(!read("a foxglove").fox);
    }
}
